import Testing

@testable import FleetCore

/// A field of a task as it is written, and what it makes of a task that has nothing else.
struct TaskField: Sendable, CustomTestStringConvertible {
    var json: String
    var work: String
    var expected: TaskSpec

    init(_ json: String, work: String = #""command": ["true"]"#, _ change: (inout TaskSpec) -> Void) {
        self.json = json
        self.work = work
        expected = TaskSpec(id: TaskID(unchecked: "a"), work: .command(["true"]))
        change(&expected)
    }

    var document: String { Spec.task(json, work: work) }
    var testDescription: String { json.isEmpty ? work : json }
}

/// Every field that a task may have.
@Suite struct TaskFieldTests {
    static let fields: [TaskField] = work + notes + needs + limits + results

    static let work = [
        TaskField("", work: #""command": ["printf", "%s\n", "", "a b", "-x", "é"]"#) {
            $0.work = .command(["printf", "%s\n", "", "a b", "-x", "é"])
        },
        TaskField("", work: #""command": "make -j4 && echo \"$HOME\"""#) {
            $0.work = .shell("make -j4 && echo \"$HOME\"")
        },
        TaskField("", work: #""instructions": "Run the lint check\nand report failures.""#) {
            $0.work = .instructions("Run the lint check\nand report failures.")
        },
        TaskField(#""instructions": null"#) { _ in },
    ]

    static let notes = [
        TaskField(#""name": "Lint it""#) { $0.name = "Lint it" },
        TaskField(#""description": """#) { $0.description = "" },
        TaskField(#""objective": "green""#) { $0.objective = "green" },
        TaskField(#""context": "a monorepo""#) { $0.context = "a monorepo" },
        TaskField(#""context": ["one", "", "one"]"#) { $0.context = "one\n\none" },
        TaskField(#""tags": ["nightly", "slow"]"#) { $0.tags = ["nightly", "slow"] },
        TaskField(#""labels": {"team": "core", "empty": ""}"#) { $0.labels = ["team": "core", "empty": ""] },
        TaskField(#""metadata": {"owner": "ann", "n": 3, "deep": {"a": [1.5, true, null]}, "priority": 7}"#) {
            $0.labels = ["owner": "ann", "n": "3", "deep": #"{"a":[1.5,true,null]}"#]
            $0.priority = 7
        },
        TaskField(#""labels": {"owner": "bob"}, "priority": 2, "metadata": {"owner": "ann", "priority": 7}"#) {
            $0.labels = ["owner": "bob"]
            $0.priority = 2
        },
        TaskField(#""worker": {"capabilities": ["linux"], "role": "builder", "tools": ["git", "make"]}"#) {
            $0.requires = ["linux"]
            $0.context = "Role: builder\nTools: git, make"
        },
        TaskField(#""workspace": {"root": ".", "writable_paths": ["./"]}"#) { _ in },
    ]

    static let needs = [
        TaskField(#""env": {"LANG": "C", "_x1": " = \n", "EMPTY": ""}"#) {
            $0.environment = ["LANG": "C", "_x1": " = \n", "EMPTY": ""]
        },
        TaskField(#""requires": ["linux", "gpu"]"#) { $0.requires = ["linux", "gpu"] },
        TaskField(#""input_files": ["src/**", "a b.txt"]"#) { $0.inputFiles = ["src/**", "a b.txt"] },
        TaskField(#""priority": -1000000000"#) { $0.priority = -1_000_000_000 },
        TaskField(#""depends_on": []"#) { _ in },
        TaskField(#""matrix": null"#) { _ in },
    ]

    static let limits = [
        TaskField(#""timeout_seconds": 0.5"#) { $0.timeoutSeconds = 0.5 },
        TaskField(#""timeout_seconds": 315360000"#) { $0.timeoutSeconds = 315_360_000 },
        TaskField(#""budget": {"max_seconds": 90}"#) { $0.budgetSeconds = 90 },
        TaskField(#""budget": {}"#) { _ in },
        TaskField(#""log_limit_bytes": 4096"#) { $0.logLimitBytes = 4_096 },
        TaskField(#""log_limit_bytes": 1099511627776"#) { $0.logLimitBytes = 1 << 40 },
        TaskField(#""retry_policy": {}"#) { _ in },
        TaskField(#""retry_policy": {"max_attempts": 1}"#) {
            $0.retryPolicy = RetryPolicy(maxAttempts: 1, on: [.transport, .lost, .task])
        },
        TaskField(#""retry_policy": {"max_attempts": 5, "on": ["timeout"]}"#) {
            $0.retryPolicy = RetryPolicy(maxAttempts: 5, on: [.timeout])
        },
        TaskField(#""retry_policy": {"on": []}"#) { $0.retryPolicy = RetryPolicy(on: []) },
        TaskField(#""retry_policy": {"initial_backoff_seconds": 0, "backoff_multiplier": 1.5}"#) {
            $0.retryPolicy = RetryPolicy(initialBackoff: 0, multiplier: 1.5)
        },
        TaskField(#""retry_policy": {"initial_backoff_seconds": 400}"#) {
            $0.retryPolicy = RetryPolicy(initialBackoff: 400, maxBackoff: 400)
        },
        TaskField(#""retry_policy": {"max_backoff_seconds": 1}"#) {
            $0.retryPolicy = RetryPolicy(initialBackoff: 1, maxBackoff: 1)
        },
    ]

    static let results = [
        TaskField(#""expected_artifacts": ["log", {"kind": "report", "path": "out/**/*.xml"}, {"kind": "x"}]"#) {
            $0.expectedArtifacts = [
                .log, ExpectedArtifact(kind: "report", path: "out/**/*.xml"), ExpectedArtifact(kind: "x"),
            ]
        },
        TaskField(#""scorer": "exit_code""#) { $0.scorer = .exitCode },
        TaskField(#""scorer": {"kind": "exit_code"}"#) { $0.scorer = .exitCode },
        TaskField(#""scorer": {"kind": "file_exists", "path": "out/ok"}"#) { $0.scorer = .fileExists(path: "out/ok") },
        TaskField(#""scorer": {"kind": "regex_match", "path": "o", "pattern": "^ok$"}"#) {
            $0.scorer = .regexMatch(path: "o", pattern: "^ok$")
        },
        TaskField(#""scorer": {"kind": "json_path", "path": "o", "expression": "$.ok"}"#) {
            $0.scorer = .jsonPath(path: "o", expression: "$.ok")
        },
        TaskField(#""scorer": {"kind": "command", "command": ["test", "-s", "o"]}"#) {
            $0.scorer = .command(["test", "-s", "o"])
        },
        TaskField(#""scorer": {"kind": "command", "command": "test", "args": ["-s", "o"]}"#) {
            $0.scorer = .command(["test", "-s", "o"])
        },
        TaskField(
            #"""
            "alert_policy": {"events": ["stale", "run_completed"], "after_attempts": 2, "after_minutes_stale": 1.5,
              "channels": [{"kind": "webhook", "url": "https://example.com/x", "secret_ref": {"key": "S", "source": "env"}},
                {"kind": "slack", "url_ref": "HOOK"}, {"kind": "pager_duty", "routing_key": "PD", "severity": "error"}]}
            """#
        ) {
            var webhook = AlertPolicy.Channel(kind: .webhook)
            webhook.url = "https://example.com/x"
            webhook.secretReference = "S"
            var slack = AlertPolicy.Channel(kind: .slack)
            slack.urlReference = "HOOK"
            var pager = AlertPolicy.Channel(kind: .pagerDuty)
            pager.routingKeyReference = "PD"
            pager.severity = "error"
            $0.alertPolicy = AlertPolicy(
                events: [.stale, .runCompleted],
                channels: [webhook, slack, pager],
                afterAttempts: 2,
                afterMinutesStale: 1.5
            )
        },
    ]

    @Test(arguments: fields) func isStored(_ field: TaskField) throws {
        #expect(try Spec.read(field.document).tasks == [field.expected])
    }

    @Test(arguments: fields) func isReadAgainFromWhatIsWritten(_ field: TaskField) throws {
        try Spec.expectRoundTrip(Spec.read(field.document))
    }

    /// A field that is added to the reader is to be added here.
    @Test(arguments: FieldNames.taskNames) func standsInTheTable(_ name: String) {
        #expect(Self.fields.contains { $0.document.contains("\"\(name)\":") })
    }

    @Test func promptJoinsObjectiveAndContext() throws {
        let work = #""instructions": "Do it.""#
        let task = try Spec.read(Spec.task(#""objective": "green", "context": "mono""#, work: work)).tasks.first
        #expect(task?.prompt == "Objective: green\n\nContext: mono\n\nDo it.")
        #expect(try Spec.read(Spec.task("", work: work)).tasks.first?.prompt == "Do it.")
        #expect(try Spec.read(Spec.task("")).tasks.first?.prompt == nil)
    }
}
