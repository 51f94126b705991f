/// The fields of a spec, object by object.
extension FieldNames {
    static let run = FieldNames(
        subject: "a run",
        names: [
            "name", "labels", "tasks", "workers", "worker_specs", "defaults", "exec", "lost_after", "on_manager_loss",
        ],
        hints: [
            "task_specs": "did you mean \"tasks\"?", "jobs": "did you mean \"tasks\"?",
            "title": "did you mean \"name\"?", "hosts": "did you mean \"workers\"?",
            "security_policy":
                "trust levels are not enforced here: leave it out, and give workers only what they may see",
        ]
    )

    static let taskNames = [
        "name", "instructions", "command", "description", "objective", "context", "input_files", "env", "requires",
        "depends_on", "matrix", "priority", "tags", "labels", "timeout_seconds", "budget", "retry_policy",
        "expected_artifacts", "scorer", "log_limit_bytes", "alert_policy", "metadata", "worker", "workspace",
    ]

    static let taskHints = [
        "cmd": "did you mean \"command\"?", "run": "did you mean \"command\"?", "script": "did you mean \"command\"?",
        "args": "did you mean \"command\", as an array?", "prompt": "did you mean \"instructions\"?",
        "environment": "did you mean \"env\"?", "needs": "did you mean \"depends_on\"?",
        "dependencies": "did you mean \"depends_on\"?", "timeout": "did you mean \"timeout_seconds\"?",
        "retries": "did you mean \"retry_policy\": {\"max_attempts\": ...}?",
        "max_attempts": "it belongs into \"retry_policy\"", "max_seconds": "it belongs into \"budget\"",
        "artifacts": "did you mean \"expected_artifacts\"?", "inputs": "did you mean \"input_files\"?",
        "capabilities": "did you mean \"requires\"?",
        "working_directory": "it belongs into a worker's \"host\"", "cwd": "it belongs into a worker's \"host\"",
        "env_allowlist": "it belongs into a worker's \"host\"",
    ]

    static let task = FieldNames(subject: "a task", names: ["id"] + taskNames, hints: taskHints)

    static let defaults = FieldNames(
        subject: "the defaults of tasks",
        names: taskNames,
        hints: taskHints.merging(["id": "every task has an id of its own"]) { $1 }
    )

    static let budget = FieldNames(
        subject: "a budget",
        names: ["max_seconds"],
        hints: [
            "max_tokens": "only an agent can count its tokens: configure the limit there, and leave it out here",
            "max_tool_calls": "only an agent can count its calls: configure the limit there, and leave it out here",
        ]
    )

    static let retryPolicy = FieldNames(
        subject: "a retry policy",
        names: ["max_attempts", "initial_backoff_seconds", "max_backoff_seconds", "backoff_multiplier", "on"],
        hints: [
            "attempts": "did you mean \"max_attempts\"?", "multiplier": "did you mean \"backoff_multiplier\"?",
            "initial_backoff": "did you mean \"initial_backoff_seconds\"?",
            "max_backoff": "did you mean \"max_backoff_seconds\"?",
        ]
    )

    static let artifact = FieldNames(subject: "an expected artifact", names: ["kind", "path"])

    static let taskWorker = FieldNames(
        subject: "a task's worker profile",
        names: ["capabilities", "role", "tools"],
        hints: Dictionary(
            uniqueKeysWithValues: ["agent_profile", "profile", "loadout", "model_class", "model", "tool_profile"]
                .map {
                    ($0, "choose it in the agent's configuration, or in the worker's \"exec\", and leave it out here")
                }
        )
    )

    static let taskWorkspace = FieldNames(
        subject: "a task's workspace",
        names: ["root", "writable_paths"],
        hints: [
            "required_files": "did you mean the task's \"input_files\"?",
            "environment": "name variables in \"env_allowlist\" of a worker's \"host\"",
        ]
    )

    static let worker = FieldNames(
        subject: "a worker",
        names: ["id", "name", "host", "labels", "capabilities", "max_concurrent_tasks", "exec"],
        hints: [
            "slots": "did you mean \"max_concurrent_tasks\"?", "tags": "did you mean \"labels\" or \"capabilities\"?",
            "env_allowlist": "it belongs into \"host\"", "working_directory": "it belongs into \"host\"",
            "codewhale_binary": "it belongs into \"host\"", "transport": "it belongs into \"host\"",
            "trust_level": "trust levels are not enforced here: leave it out",
        ]
    )

    static let localHost = FieldNames(
        subject: "a local host",
        names: ["kind", "working_directory", "path", "env_allowlist", "codewhale_binary"],
        hints: Dictionary(
            uniqueKeysWithValues: sshHost.names
                .filter {
                    ![
                        "kind", "working_directory", "path", "env_allowlist",
                        "codewhale_binary",
                    ]
                    .contains($0)
                }
                .map { ($0, "only a host of kind \"ssh\" has it") }
        )
    )

    static let sshHost = FieldNames(
        subject: "an ssh host",
        names: [
            "kind", "host", "user", "port", "identity", "working_directory", "codewhale_binary", "env_allowlist",
            "transport", "supervisor", "env_via", "known_hosts", "host_key_fingerprint", "proxy_jump",
            "connect_timeout_seconds", "path",
        ],
        hints: [
            "hostname": "did you mean \"host\"?", "identity_file": "did you mean \"identity\"?",
            "key": "did you mean \"identity\"?", "jump": "did you mean \"proxy_jump\"?",
            "timeout": "did you mean \"connect_timeout_seconds\"?", "cwd": "did you mean \"working_directory\"?",
            "password": "log in with a key",
        ]
    )
}
