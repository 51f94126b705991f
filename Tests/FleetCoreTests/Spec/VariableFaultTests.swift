import FleetCore
import Testing

/// What can be wrong with variables; and that no value of one ever stands in a fault.
@Suite struct VariableFaultTests {
    @Test(arguments: [
        FaultCase.task(
            #""env": {"GITHUB_TOKEN": "xyzzy"}"#,
            at: "env.GITHUB_TOKEN",
            "\"GITHUB_TOKEN\", a secret-like name (TOKEN)",
            Words.notSecret,
            hint: Words.keepSecrets
        ),
        .task(
            #""env": {"apiKey": "xyzzy"}"#,
            at: "env.apiKey",
            "\"apiKey\", a secret-like name (API_KEY)",
            Words.notSecret,
            hint: Words.keepSecrets
        ),
        .task(
            #""env": {"CODEWHALE_RUN_ID": "xyzzy"}"#,
            at: "env.CODEWHALE_RUN_ID",
            "\"CODEWHALE_RUN_ID\"",
            "another name",
            hint: "the fleet itself sets this variable for every attempt"
        ),
        .task(#""env": {"1A": "xyzzy"}"#, at: "env.1A", "\"1A\"", Words.variable),
        .task(#""env": {"": "xyzzy"}"#, at: #"env."""#, "\"\"", Words.variable),
        .task(#""env": {"A-B": "xyzzy"}"#, at: "env.A-B", "\"A-B\"", Words.variable),
        .task(#""env": {"A": 1234567}"#, at: "env.A", "a number", "a text", hint: "put it in quotes"),
        .task(#""env": {"A": ["xyzzy"]}"#, at: "env.A", "an array", "a text"),
        .task(#""env": {"A": "xyzzy\u0000"}"#, at: "env.A", "a text with a NUL character", "a text without"),
        .task(#""env": "A=xyzzy""#, at: "env", "a text", "an object of variables"),
        .task(#""env": ["A=xyzzy"]"#, at: "env", "an array", "an object of variables"),
        .task(
            #""env": {"A=xyzzy": ""}"#,
            at: #"env."A=…""#,
            "\"A=…\"",
            Words.variable,
            hint: "a name only, without '=' and a value"
        ),
        .task(
            #""environment": {"A": "xyzzy"}"#,
            at: "environment",
            "an unknown field",
            "a field of a task",
            hint: "did you mean \"env\"?"
        ),
    ])
    func ofATask(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.local(
            #""env_allowlist": ["LANG", "AWS_SECRET_ACCESS_KEY"]"#,
            at: "env_allowlist[1]",
            "\"AWS_SECRET_ACCESS_KEY\", a secret-like name (SECRET)",
            Words.notSecret,
            hint: Words.keepSecrets
        ),
        .local(
            #""env_allowlist": ["LANG=xyzzy"]"#,
            at: "env_allowlist[0]",
            "\"LANG=…\"",
            Words.variable,
            hint: "a name only, without '=' and a value"
        ),
        .local(#""env_allowlist": "LANG=xyzzy""#, at: "env_allowlist", "a text", "an array of names of variables"),
        .local(
            #""env_allowlist": {"LANG": "xyzzy"}"#,
            at: "env_allowlist",
            "an object",
            "an array of names of variables"
        ),
        .local(
            #""env_allowlist": [1234567]"#,
            at: "env_allowlist[0]",
            "a number",
            "a text, in an array of names of variables"
        ),
        .local(#""env_allowlist": ["LANG", "LANG"]"#, at: "env_allowlist[1]", "\"LANG\" again", "each one once"),
        .ssh(
            #""env_allowlist": ["PGPASSWORD"]"#,
            at: "env_allowlist[0]",
            "\"PGPASSWORD\", a secret-like name (PGPASSWORD)",
            Words.notSecret,
            hint: Words.keepSecrets
        ),
        .worker(
            #""env_allowlist": ["LANG"]"#,
            at: "env_allowlist",
            "an unknown field",
            "a field of a worker",
            hint: "it belongs into \"host\""
        ),
    ])
    func ofAHost(_ fault: FaultCase) { fault.check() }

    @Test func longValueIsToldByItsNameAlone() {
        let value = String(repeating: "xyzzy", count: 20_000)
        let faults = Spec.faults(Spec.task("\"env\": {\"A\": \"\(value)\"}"))
        #expect(faults.map(\.found) == ["A with 100000 bytes"])
    }

    /// Values at every place where somebody might put one, in every kind of fault that mentions variables.
    @Test(arguments: [
        #"{"A": "xyzzy", "A": "xyzzy"}"#, #"{"A": {"xyzzy": "xyzzy"}}"#, #"["A=xyzzy", 5]"#, #""xyzzy""#,
        #"{"A=xyzzy": "xyzzy"}"#, #"{"TOKEN": "xyzzy"}"#, #"{"1": "xyzzy"}"#, #"{"A": "xyzzy\u0000xyzzy"}"#,
    ])
    func noValueStandsInAFault(_ value: String) {
        let documents = [
            Spec.task("\"env\": \(value)"), Spec.task("\"env\": {\"B\": \(value == "\"xyzzy\"" ? "5" : value)}"),
            Spec.localHost("\"env_allowlist\": \(value)"),
            Spec.sshHost("\"env_allowlist\": [\(value == "\"xyzzy\"" ? "5" : value)]"),
            "{\"defaults\": {\"env\": \(value)}, \"tasks\": [{\"id\": \"a\", \"command\": \"x\"}]}",
        ]
        for document in documents {
            let faults = Spec.faults(document)
            #expect(!faults.isEmpty)
            #expect(!SpecError(faults: faults).description.contains("xyzzy"), "\(document)")
        }
    }
}
