import FleetCore

/// What `codewhale exec` tells, one line of JSON each.
enum ExecEvent: Sendable {
    /// Which of the agent's streams.
    enum Stream: String, Sendable {
        case stdout
        case stderr
    }

    /// The agent runs.
    case started(program: String, pid: Int)
    /// A line of the agent's output, or a part of a long one.
    case output(Stream, LineSplitter.Line)
    /// The agent has ended.
    case finished(ExitStatus)
    /// The agent could not be run.
    case failed(CommandError)

    /// The event's form in JSON.
    var json: JSONObject {
        switch self {
        case .started(let program, let pid):
            ["type": .string("started"), "program": .string(program), "pid": .int(Int64(pid))]
        case .output(let stream, let line):
            line.continues
                ? [
                    "type": .string("output"), "stream": .string(stream.rawValue), "text": .string(line.text),
                    "continues": .bool(true),
                ]
                : ["type": .string("output"), "stream": .string(stream.rawValue), "text": .string(line.text)]
        case .finished(.code(let code)):
            ["type": .string("finished"), "exit": .object(["code": .int(Int64(code))])]
        case .finished(.signal(let number)):
            ["type": .string("finished"), "exit": .object(["signal": .int(Int64(number))])]
        case .failed(let error):
            [
                "type": .string("error"), "class": .string(error.code.rawValue), "message": .string(error.message),
                "hint": .optional(error.hint),
            ]
        }
    }
}
