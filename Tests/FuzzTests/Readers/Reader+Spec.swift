import FleetCore

@testable import FleetCommands

extension Reader {
    /// Specs in JSON.
    static let json = Reader(name: "json", corpus: jsonSpecs.map { Array($0.utf8) }) { bytes in
        spec { () throws(SpecError) in try JSONDocument.parse(bytes) }
    }

    /// Specs in TOML.
    static let toml = Reader(name: "toml", corpus: tomlSpecs.map { Array($0.utf8) }) { bytes in
        spec { () throws(SpecError) in try TOMLDocument.parse(bytes) }
    }

    /// A spec that can be written and read again, or faults that can be shown.
    private static func spec(_ parse: () throws(SpecError) -> DocumentValue) -> String? {
        do throws(SpecError) {
            let spec = try RunSpec(document: try parse())
            let again = try? RunSpec(acceptedJSON: spec.specJSON)
            return again == spec ? nil : "a spec that is read again as another"
        } catch {
            return error.faults.isEmpty ? "refused without a fault" : complaint(about: "\(error)")
        }
    }

    private static let jsonSpecs = [
        #"""
        {"name": "n\u00e9\ud83d\udc0b", "lost_after": 60, "defaults": {"env": {"LANG": "C"}, "tags": ["d"]},
        "workers": [{"id": "s", "host": {"kind": "ssh", "host": "h", "port": 22, "working_directory": "/w",
        "codewhale_binary": "~/b", "proxy_jump": "a@b:1"}, "exec": ["x", "{instructions}"]}],
        "tasks": [{"id": "a", "instructions": "do {v}", "matrix": {"v": [1, 2.5e0, "x", true]}},
        {"id": "b", "command": ["t", ""], "depends_on": ["a"], "expected_artifacts": ["log", {"kind": "r", "path": "*"}]}]}
        """#,
        #"[{"id": "a", "command": "true"}, {"command": ["x"], "retry_policy": {"max_attempts": 2, "on": ["task"]}}]"#,
    ]

    private static let tomlSpecs = [
        #"""
        name = "p\u00e9"
        lost_after = 1_20
        [defaults]
        retry_policy = { max_attempts = 2, on = ["task", 'lost'] } # c
        [[workers]]
        id = "slow"
        host = { kind = "local", env_allowlist = ["TERM"] }
        [[tasks]]
        id = "build"
        command = ["sh", "-c", """a\
          b"""]
        timeout_seconds = 1.5e1
        [[tasks]]
        "id" = 't'
        command = '''echo {s}'''
        [tasks.matrix]
        s = ["a", 0x1F, 1979-05-27T07:32:00Z]
        """#,
        "[[tasks]]\nid='a'\ncommand='x'\nenv.A='1'\n[tasks.labels]\na.b = 'c'\n",
    ]
}
