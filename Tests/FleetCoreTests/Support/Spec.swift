import FleetCore
import Testing

/// Short ways to read specs.
enum Spec {
    /// What a document gives.
    static func read(_ json: String) throws -> RunSpec { try RunSpec(json: Array(json.utf8)) }

    /// What is wrong in a document.
    static func faults(_ json: String) -> [SpecFault] { faults(Array(json.utf8)) }

    /// What is wrong in a document.
    static func faults(_ json: [UInt8]) -> [SpecFault] {
        do throws(SpecError) {
            _ = try RunSpec(json: json)
            return []
        } catch {
            return error.faults
        }
    }

    /// A document of one task, `a`, with some fields, which stand in line 3.
    static func task(_ fields: String, work: String = #""command": ["true"]"#) -> String {
        "{\"tasks\": [\n{\"id\": \"a\"\(work.isEmpty ? "" : ", " + work)\n\(fields.isEmpty ? "" : ", " + fields)}]}"
    }

    /// A document of one task and one worker, `w`, with some fields, which stand in line 3.
    static func worker(_ fields: String, host: String = #""host": {"kind": "local"}"#) -> String {
        """
        {"tasks": [{"id": "a", "command": ["true"]}], "workers": [
        {"id": "w"\(host.isEmpty ? "" : ", " + host)
        \(fields.isEmpty ? "" : ", " + fields)}]}
        """
    }

    /// A document of one task and one worker on a local host with some fields, which stand in line 3.
    static func localHost(_ fields: String) -> String {
        worker("", host: "\"host\": {\"kind\": \"local\",\n\(fields)}")
    }

    /// A document of one task and one worker on an ssh host with some fields, which stand in line 3.
    static func sshHost(
        _ fields: String,
        base: String = #""host": "h", "working_directory": "/w", "codewhale_binary": "/b""#
    ) -> String {
        let parts = [#""kind": "ssh""#, base, "\n\(fields)"].filter { !$0.isEmpty && $0 != "\n" }
        return worker("", host: "\"host\": {\(parts.joined(separator: ","))}")
    }

    /// Checks that a spec is read again from what it writes, and writes the same again.
    static func expectRoundTrip(_ spec: RunSpec, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let bytes = spec.specJSON
        let again = try RunSpec(acceptedJSON: bytes)
        #expect(again == spec, sourceLocation: sourceLocation)
        #expect(again.specJSON == bytes, sourceLocation: sourceLocation)
    }
}
