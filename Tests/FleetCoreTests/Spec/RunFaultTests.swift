import FleetCore
import Testing

/// What can be wrong in a run, and in the document as a whole.
@Suite struct RunFaultTests {
    static let tasks = #""tasks": [{"id": "a", "command": ["true"]}]"#

    @Test(arguments: [
        FaultCase("5", at: "", line: 1, found: "5", expected: "an object with \"tasks\", or an array of tasks"),
        FaultCase(
            "\n\"x\"",
            at: "",
            line: 2,
            found: "\"x\"",
            expected: "an object with \"tasks\", or an array of tasks"
        ),
        FaultCase("[]", at: "", line: 1, found: "no tasks", expected: "at least one"),
        FaultCase("{}", at: "tasks", line: 1, found: "nothing", expected: "an array of tasks"),
        FaultCase(#"{"tasks": []}"#, at: "tasks", line: 1, found: "no tasks", expected: "at least one"),
        FaultCase(#"{"tasks": {}}"#, at: "tasks", line: 1, found: "an empty object", expected: "an array of tasks"),
        FaultCase("[5]", at: "[0]", line: 1, found: "5", expected: "an object"),
        FaultCase("[null]", at: "[0]", line: 1, found: "null", expected: "an object"),
        FaultCase(#"[{"command": "x"}]"#, at: "[0].id", line: 1, found: "nothing", expected: Words.id),
        FaultCase(#"{"command": "x"}"#, at: "id", line: 1, found: "nothing", expected: Words.id),
        FaultCase(#"[{"id": "../x", "command": "x"}]"#, at: "[0].id", line: 1, found: "\"../x\"", expected: Words.id),
        FaultCase(#"[{"id": "", "command": "x"}]"#, at: "[0].id", line: 1, found: "\"\"", expected: Words.id),
        FaultCase(#"[{"id": "é", "command": "x"}]"#, at: "[0].id", line: 1, found: "\"é\"", expected: Words.id),
        FaultCase(#"[{"id": 7, "command": "x"}]"#, at: "[0].id", line: 1, found: "7", expected: Words.id),
        FaultCase(
            "[{\"id\": \"a\", \"command\": \"x\"},\n{\"command\": \"x\",\n\"id\": \"a\"}]",
            at: "[1].id",
            line: 3,
            found: "\"a\" again, as in [0]",
            expected: "an id of its own"
        ),
    ])
    func document(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase(
            "{\"taks\": 1, \(tasks)}",
            at: "taks",
            line: 1,
            found: "an unknown field",
            expected: "a field of a run",
            hint: "did you mean \"tasks\"?"
        ),
        FaultCase(
            "{\"security_policy\": {}, \(tasks)}",
            at: "security_policy",
            line: 1,
            found: "an unknown field",
            expected: "a field of a run",
            hint: "trust levels are not enforced here: leave it out, and give workers only what they may see"
        ),
        FaultCase("{\"name\": \"\", \(tasks)}", at: "name", line: 1, found: "\"\"", expected: Words.title),
        FaultCase("{\"labels\": 5, \(tasks)}", at: "labels", line: 1, found: "5", expected: "an object of labels"),
        FaultCase("{\"lost_after\": -5, \(tasks)}", at: "lost_after", line: 1, found: "-5", expected: Words.duration),
        FaultCase(
            "{\"on_manager_loss\": \"stop\", \(tasks)}",
            at: "on_manager_loss",
            line: 1,
            found: "\"stop\"",
            expected: "\"finish\", or {\"stop_after\": seconds}"
        ),
        FaultCase(
            "{\"on_manager_loss\": {}, \(tasks)}",
            at: "on_manager_loss.stop_after",
            line: 1,
            found: "nothing",
            expected: "a number of seconds"
        ),
        FaultCase(
            "{\"on_manager_loss\": {\"stop_after\": 60}, \"lost_after\": 60, \(tasks)}",
            at: "on_manager_loss.stop_after",
            line: 1,
            found: "60",
            expected: "less than lost_after, 60"
        ),
        FaultCase(
            "{\"exec\": [\"claude\", \"-p\"], \(tasks)}",
            at: "exec",
            line: 1,
            found: "an argument list without \"{instructions}\"",
            expected: "an argument list such as [\"claude\", \"-p\", \"{instructions}\"]",
            hint: "the task's instructions stand in its place"
        ),
        FaultCase(
            "{\"exec\": [\" \", \"{instructions}\"], \(tasks)}",
            at: "exec",
            line: 1,
            found: "a program without a name",
            expected: "an argument list such as [\"claude\", \"-p\", \"{instructions}\"]"
        ),
        FaultCase(
            "{\"exec\": \"claude\", \(tasks)}",
            at: "exec",
            line: 1,
            found: "\"claude\"",
            expected: "an argument list such as [\"claude\", \"-p\", \"{instructions}\"]"
        ),
        FaultCase(
            "{\"workers\": [{\"id\": \"w\", \"host\": {\"kind\": \"local\"}}], \"worker_specs\": [], \(tasks)}",
            at: "worker_specs",
            line: 1,
            found: "both workers and worker_specs",
            expected: "one of them, as they mean the same"
        ),
        FaultCase(
            "{\"workers\": {}, \(tasks)}",
            at: "workers",
            line: 1,
            found: "an empty object",
            expected: "an array of workers"
        ),
        FaultCase(
            "{\"defaults\": {\"id\": \"x\"}, \(tasks)}",
            at: "defaults.id",
            line: 1,
            found: "an unknown field",
            expected: "a field of the defaults of tasks",
            hint: "every task has an id of its own"
        ),
        FaultCase(
            "{\"defaults\": [], \(tasks)}",
            at: "defaults",
            line: 1,
            found: "an empty array",
            expected: "an object"
        ),
    ])
    func run(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.worker("", host: "", at: "host", line: 2, "nothing", "an object such as {\"kind\": \"local\"}"),
        .worker(
            "",
            host: #""host": "local""#,
            at: "host",
            line: 2,
            "\"local\"",
            "an object such as {\"kind\": \"local\"}"
        ),
        .worker(
            "",
            host: #""host": {}"#,
            at: "host",
            line: 2,
            "a host without a kind",
            "\"kind\": \"local\" or \"ssh\""
        ),
        .worker(
            "",
            host: #""host": {"host": "h"}"#,
            at: "host",
            line: 2,
            "a host without a kind",
            "\"kind\": \"local\" or \"ssh\"",
            hint: "for a host reached through SSH, \"kind\": \"ssh\""
        ),
        .worker(
            "",
            host: #""host": {"kind": "lcoal"}"#,
            at: "host.kind",
            line: 2,
            "\"lcoal\"",
            "\"local\" or \"ssh\"",
            hint: "did you mean \"local\"?"
        ),
        .worker(#""max_concurrent_tasks": 0"#, at: "max_concurrent_tasks", "0", "a whole number from 1 to 10000"),
        .worker(#""capabilities": ["a", "a"]"#, at: "capabilities[1]", "\"a\" again", "each one once"),
        .worker(
            #""trust_level": 3"#,
            at: "trust_level",
            "an unknown field",
            "a field of a worker",
            hint: "trust levels are not enforced here: leave it out"
        ),
        .local(
            #""port": 22"#,
            at: "port",
            "an unknown field",
            "a field of a local host",
            hint: "only a host of kind \"ssh\" has it"
        ),
        .local(#""working_directory": "" "#, at: "working_directory", "\"\"", "a directory"),
        .local(#""codewhale_binary": "-x""#, at: "codewhale_binary", "\"-x\"", "a program"),
        .local(#""path": ["bin"]"#, at: "path[0]", "\"bin\"", "absolute directories, or such below ~/"),
        .local(#""path": "/a:bin""#, at: "path", "\"/a:bin\"", "absolute directories, or such below ~/"),
        .local(#""path": ["/a:/b"]"#, at: "path[0]", "\"/a:/b\"", "absolute directories, or such below ~/"),
        .local(#""path": ":""#, at: "path", "\":\"", "absolute directories, or such below ~/"),
        FaultCase(
            "{\"workers\": [{\"id\": \"w\", \"host\": {\"kind\": \"local\"}},\n{\"id\": \"w\", \"host\": {\"kind\": \"local\"}}], \(tasks)}",
            at: "workers[1].id",
            line: 2,
            found: "\"w\" again, as in element 0",
            expected: "an id of its own"
        ),
    ])
    func worker(_ fault: FaultCase) { fault.check() }
}
