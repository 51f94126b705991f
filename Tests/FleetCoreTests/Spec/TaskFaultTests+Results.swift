import FleetCore
import Testing

extension TaskFaultTests {
    @Test(arguments: [
        FaultCase.task(
            #""expected_artifacts": ["log", "log"]"#,
            at: "expected_artifacts[1]",
            "the same artifact again",
            "each one once"
        ),
        .task(
            #""expected_artifacts": "log""#,
            at: "expected_artifacts",
            "\"log\"",
            "an array of kinds, or of objects with kind and path"
        ),
        .task(#""expected_artifacts": [5]"#, at: "expected_artifacts[0]", "5", "an object"),
        .task(#""expected_artifacts": ["a b"]"#, at: "expected_artifacts[0]", "\"a b\"", Words.id),
        .task(
            #""expected_artifacts": [{"path": "x"}]"#,
            at: "expected_artifacts[0].kind",
            "nothing",
            "what the artifact is, such as \"report\""
        ),
        .task(
            #""expected_artifacts": [{"kind": "log", "path": "x"}]"#,
            at: "expected_artifacts[0]",
            "a log with a path",
            "no path, as the log has a place of its own"
        ),
        .task(
            #""expected_artifacts": ["log", {"kind": "r", "path": "/etc/passwd"}]"#,
            at: "expected_artifacts[1].path",
            "\"/etc/passwd\"",
            Words.inner,
            hint: Words.noSlash
        ),
        .task(
            #""expected_artifacts": [{"kind": "r", "path": "~/x"}]"#,
            at: "expected_artifacts[0].path",
            "\"~/x\"",
            Words.inner,
            hint: Words.noSlash
        ),
        .task(
            #""expected_artifacts": [{"kind": "r", "path": "out/../../x"}]"#,
            at: "expected_artifacts[0].path",
            "\"out/../../x\"",
            Words.inner,
            hint: "leave out '..'"
        ),
        .task(
            #""expected_artifacts": [{"kind": "r", "path": ""}]"#,
            at: "expected_artifacts[0].path",
            "\"\"",
            Words.inner
        ),
        .task(#""input_files": ["../x"]"#, at: "input_files[0]", "\"../x\"", Words.inner, hint: "leave out '..'"),
        .task(#""input_files": ["/x"]"#, at: "input_files[0]", "\"/x\"", Words.inner, hint: Words.noSlash),
    ])
    func path(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.task(#""scorer": "file_exists""#, at: "scorer", "\"file_exists\"", "an object"),
        .task(
            #""scorer": {"path": "x"}"#,
            at: "scorer.kind",
            "nothing",
            "a scorer's kind: exit_code, file_exists, regex_match, json_path, command"
        ),
        .task(
            #""scorer": {"kind": "regexmatch", "path": "x"}"#,
            at: "scorer.kind",
            "\"regexmatch\"",
            #"one of "exit_code", "file_exists", "regex_match", "json_path", "command""#,
            hint: "did you mean \"regex_match\"?"
        ),
        .task(#""scorer": {"kind": "file_exists"}"#, at: "scorer.path", "nothing", "what file_exists needs"),
        .task(
            #""scorer": {"kind": "file_exists", "path": "x", "pattern": "y"}"#,
            at: "scorer.pattern",
            "a field that file_exists has not",
            "path"
        ),
        .task(
            #""scorer": {"kind": "file_exists", "path": "../x"}"#,
            at: "scorer.path",
            "\"../x\"",
            Words.inner,
            hint: "leave out '..'"
        ),
        .task(
            #""scorer": {"kind": "json_path", "path": "x", "expression": "ok"}"#,
            at: "scorer.expression",
            "\"ok\"",
            "a path such as $.summary.ok"
        ),
        .task(
            #""scorer": {"kind": "command", "command": []}"#,
            at: "scorer.command",
            "an empty array",
            "a program and its arguments"
        ),
        .task(
            #""scorer": {"kind": "command", "command": ["", "x"]}"#,
            at: "scorer.command",
            "a program without a name",
            "a program and its arguments"
        ),
        .task(#""scorer": {"kind": "command", "command": " "}"#, at: "scorer.command", "\" \"", Words.filled),
        .task(#""scorer": {"kind": "command", "command": 5}"#, at: "scorer.command", "5", "an array of arguments"),
    ])
    func scorer(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.task(#""alert_policy": {}"#, at: "alert_policy.channels", "nothing", "an array of channels"),
        .task(
            #""alert_policy": {"channels": [], "events": ["stael"]}"#,
            at: "alert_policy.events[0]",
            "\"stael\"",
            "one of stale, restart_exhausted, needs_human, budget_exceeded, verifier_failed, run_completed",
            hint: "did you mean \"stale\"?"
        ),
        .task(
            #""alert_policy": {"channels": [{}]}"#,
            at: "alert_policy.channels[0].kind",
            "nothing",
            "a channel's kind: webhook, slack, pager_duty"
        ),
        .task(
            #""alert_policy": {"channels": [{"kind": "slack"}]}"#,
            at: "alert_policy.channels[0].url_ref",
            "nothing",
            "\"url\", or the name of the secret that is the address"
        ),
        .task(
            #""alert_policy": {"channels": [{"kind": "pager_duty"}]}"#,
            at: "alert_policy.channels[0].routing_key",
            "nothing",
            "the name of the secret that is the routing key"
        ),
        // An address may be a secret of its own.
        .task(
            #""alert_policy": {"channels": [{"kind": "slack", "url": "hooks.slack.com/services/T0/B0/xyzzy"}]}"#,
            at: "alert_policy.channels[0].url",
            "a text",
            "an http or https address"
        ),
        .task(
            #""alert_policy": {"channels": [{"kind": "slack", "url_ref": {"key": "K", "source": "vault"}}]}"#,
            at: "alert_policy.channels[0].url_ref.source",
            "\"vault\"",
            "\"env\""
        ),
        .task(
            #""alert_policy": {"channels": [{"kind": "slack", "url_ref": 5}]}"#,
            at: "alert_policy.channels[0].url_ref",
            "a number",
            "the name of a secret"
        ),
        .task(
            #""alert_policy": {"channels": [{"kind": "slack", "url_ref": "X", "token": "xyzzy"}]}"#,
            at: "alert_policy.channels[0].token",
            "an unknown field",
            "a field of an alert channel",
            hint: "name it in \"secret_ref\""
        ),
    ])
    func alert(_ fault: FaultCase) { fault.check() }
}
