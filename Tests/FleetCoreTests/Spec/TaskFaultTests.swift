import FleetCore
import Testing

/// What can be wrong in a task: each time one fault, with its place, and what to do where that can be said.
@Suite struct TaskFaultTests {
    @Test(arguments: [
        FaultCase.task(
            #""prority": 1"#,
            at: "prority",
            "an unknown field",
            "a field of a task",
            hint: "did you mean \"priority\"?"
        ),
        .task(
            #""Depends-On": []"#,
            at: "Depends-On",
            "an unknown field",
            "a field of a task",
            hint: "did you mean \"depends_on\"?"
        ),
        .task(#""cmd": "x""#, at: "cmd", "an unknown field", "a field of a task", hint: "did you mean \"command\"?"),
        .task(
            #""budget": {"max_tokens": 5}"#,
            at: "budget.max_tokens",
            "an unknown field",
            "a field of a budget",
            hint: "only an agent can count its tokens: configure the limit there, and leave it out here"
        ),
        .task(
            #""retry_policy": {"zzzzzzzzzzzzzzz": 5}"#,
            at: "retry_policy.zzzzzzzzzzzzzzz",
            "an unknown field",
            "a field of a retry policy",
            hint:
                "the fields here are: max_attempts, initial_backoff_seconds, max_backoff_seconds, backoff_multiplier, on"
        ),
        .task(
            "\"\\u001b[31m\": 1",
            at: #""\u{1b}[31m""#,
            "an unknown field",
            "a field of a task",
            hint: "the fields here are: id, name, instructions, command, description, objective, context, input_files,"
                + " env, requires, depends_on, matrix, priority, tags, labels, timeout_seconds, budget, retry_policy,"
                + " expected_artifacts, scorer, log_limit_bytes, alert_policy, metadata, worker, workspace"
        ),
        .task(
            #""priority": 1, "priority": 2"#,
            at: "priority",
            "the same name again",
            "each name once"
        ),
    ])
    func name(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.task(
            "",
            work: "",
            at: "",
            line: 2,
            "neither instructions nor a command",
            "one of them"
        ),
        .task(
            #""instructions": "x""#,
            at: "instructions",
            "both instructions and a command (line 2)",
            "one of them"
        ),
        .task("", work: #""instructions": " \n\t""#, at: "instructions", line: 2, "\" \\n\\t\"", Words.filled),
        .task("", work: #""instructions": ["x"]"#, at: "instructions", line: 2, "an array", Words.filled),
        .task("", work: #""command": """#, at: "command", line: 2, "\"\"", Words.filled),
        .task("", work: #""command": 5"#, at: "command", line: 2, "5", "an array of arguments"),
        .task("", work: #""command": ["x", 5]"#, at: "command[1]", line: 2, "5", "a text, in an array of arguments"),
        .task(
            "",
            work: #""command": ["x", "a\u0000b"]"#,
            at: "command[1]",
            line: 2,
            "a text with a NUL character",
            "one without"
        ),
        .task(
            "",
            work: #""command": []"#,
            at: "command",
            line: 2,
            "an empty array",
            "a program and its arguments, or a text for /bin/sh"
        ),
        .task(
            "",
            work: #""command": ["", "x"]"#,
            at: "command",
            line: 2,
            "a program without a name",
            "a program and its arguments, or a text for /bin/sh"
        ),
        .task("", work: #""command": "a\u0000b""#, at: "command", line: 2, "a text with a NUL character", Words.filled),
    ])
    func work(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.task(#""name": "a\nb""#, at: "name", "\"a\\nb\"", Words.title),
        .task(#""objective": " ""#, at: "objective", "\" \"", Words.filled),
        .task(#""context": 7"#, at: "context", "7", "a text that is not empty, or an array of texts"),
        .task(
            #""context": ["", " "]"#,
            at: "context",
            "nothing but empty texts",
            "a text that is not empty, or an array of texts"
        ),
        .task(#""context": ["x", null]"#, at: "context[1]", "null", "a text, in an array of texts"),
        .task(#""description": true"#, at: "description", "true", "a text"),
        .task(#""tags": "x""#, at: "tags", "\"x\"", "an array of tags"),
        .task(#""tags": ["x", ""]"#, at: "tags[1]", "\"\"", Words.title),
        .task(#""tags": ["x", "y", "x"]"#, at: "tags[2]", "\"x\" again", "each one once"),
        .task(#""requires": [[]]"#, at: "requires[0]", "an empty array", "a text, in an array of capabilities"),
        .task(#""labels": {"a": 5}"#, at: "labels.a", "5", "a text", hint: "put it in quotes"),
        .task(#""labels": {"a.b": []}"#, at: #"labels."a.b""#, "an empty array", "a text"),
        .task(#""labels": {"a": "1", "a": "2"}"#, at: "labels.a", "the same name again", "each name once"),
        .task(#""labels": {"": "1"}"#, at: #"labels."""#, "\"\"", Words.title),
        .task(#""labels": ["a"]"#, at: "labels", "an array", "an object of labels"),
        .task(#""metadata": []"#, at: "metadata", "an empty array", "an object"),
        .task(#""metadata": {"a\nb": 1}"#, at: #"metadata."a\nb""#, #""a\nb""#, Words.title),
        .task(
            #""metadata": {"a": "x\u0000y"}"#,
            at: "metadata.a",
            "a text with a NUL character",
            "a text without"
        ),
        .task(#""metadata": {"a": 1, "a": 2}"#, at: "metadata.a", "the same name again", "each name once"),
        .task(
            #""metadata": {"priority": 5000000000}"#,
            at: "metadata.priority",
            "5000000000",
            "a whole number from -1000000000 to 1000000000"
        ),
        .task(
            #""worker": {"model": "x"}"#,
            at: "worker.model",
            "an unknown field",
            "a field of a task's worker profile",
            hint: "choose it in the agent's configuration, or in the worker's \"exec\", and leave it out here"
        ),
        .task(
            #""workspace": {"root": "/srv"}"#,
            at: "workspace.root",
            "\"/srv\"",
            "\".\"",
            hint: "attempts run in the host's \"working_directory\", and may write there"
        ),
    ])
    func note(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.task(
            #""priority": "high""#,
            at: "priority",
            "\"high\"",
            "a whole number from -1000000000 to 1000000000"
        ),
        .task(#""priority": 1.5"#, at: "priority", "1.5", "a whole number from -1000000000 to 1000000000"),
        .task(
            #""priority": 9223372036854775807"#,
            at: "priority",
            "9223372036854775807",
            "a whole number from -1000000000 to 1000000000"
        ),
        .task(#""timeout_seconds": 0"#, at: "timeout_seconds", "0", Words.duration),
        .task(#""timeout_seconds": "5""#, at: "timeout_seconds", "\"5\"", Words.duration),
        .task(#""timeout_seconds": 1e300"#, at: "timeout_seconds", "1e+300", Words.duration),
        .task(#""budget": 5"#, at: "budget", "5", "an object"),
        .task(#""budget": {"max_seconds": -1}"#, at: "budget.max_seconds", "-1", Words.duration),
        .task(
            #""log_limit_bytes": 4095"#,
            at: "log_limit_bytes",
            "4095",
            "a whole number from 4096 to 1099511627776"
        ),
        .task(
            #""retry_policy": {"max_attempts": 0}"#,
            at: "retry_policy.max_attempts",
            "0",
            "a whole number from 1 to 1000"
        ),
        .task(
            #""retry_policy": {"initial_backoff_seconds": -1}"#,
            at: "retry_policy.initial_backoff_seconds",
            "-1",
            "a number of seconds from 0 to 315360000"
        ),
        .task(
            #""retry_policy": {"backoff_multiplier": 0.5}"#,
            at: "retry_policy.backoff_multiplier",
            "0.5",
            "a number from 1 to 1000"
        ),
        .task(
            #""retry_policy": {"initial_backoff_seconds": 9, "max_backoff_seconds": 8}"#,
            at: "retry_policy.max_backoff_seconds",
            "8",
            "at least initial_backoff_seconds, 9"
        ),
        .task(
            #""retry_policy": {"on": ["transprot"]}"#,
            at: "retry_policy.on[0]",
            "\"transprot\"",
            "a failure class: task, timeout, transport, authentication, host_key, environment, configuration, artifact,"
                + " scorer, lost, interrupted, cancelled",
            hint: "did you mean \"transport\"?"
        ),
        .task(#""retry_policy": {"on": "task"}"#, at: "retry_policy.on", "\"task\"", "an array of failure classes"),
    ])
    func bound(_ fault: FaultCase) { fault.check() }
}
