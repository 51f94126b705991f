/// The spec that `init` leaves, to try and to change.
enum ExampleSpec {
    /// Its text.
    static let text = """
        {
          "name": "example",
          "tasks": [
            {
              "id": "hello",
              "name": "Say hello",
              "command": "echo hello from $CODEWHALE_WORKER_ID",
              "expected_artifacts": ["log"]
            },
            {
              "id": "count",
              "name": "Count the files here",
              "command": "find . -type f | wc -l > \\"$CODEWHALE_ARTIFACTS_DIR/count.txt\\""
            },
            {
              "id": "report",
              "name": "When both are done",
              "command": ["echo", "done"],
              "depends_on": ["hello", "count"],
              "timeout_seconds": 60
            }
          ]
        }

        """
}
