/// What the near end may ask.
package enum Request: Sendable, Equatable {
    /// The first request. Answered by ``Reply/hello(_:)``.
    case hello(Hello)
    /// Answered by ``Reply/reports(_:)`` with one report, or a failure.
    case start(StartRequest)
    /// Answered by one or more ``Reply/reports(_:)``.
    case status(StatusRequest)
    /// Answered by ``Reply/chunk(_:)``.
    case log(LogRequest)
    /// Answered by ``Reply/ended(_:)``.
    case end(EndRequest)
    /// Gives an attempt up: its number becomes the task's mark. Answered by ``Reply/reports(_:)`` with what is known of it.
    case claim(AttemptKey)
    /// Answered by ``Reply/done``; a failure names the first attempt that still runs, the others are removed.
    case cleanup(CleanupRequest)
    /// Answered by ``Reply/collected(_:)``.
    case collect(CollectRequest)
    /// Answered by ``Reply/chunk(_:)``.
    case artifact(ArtifactRequest)
    /// Answered by ``Reply/done``.
    case ping
    /// Renews the workspace's lease. Answered by ``Reply/done``.
    case renew(LeaseRequest)
    /// Asks which workspaces of the account have something on the host. Answered by ``Reply/workspaces(_:)``.
    case workspaces

    /// The request as a frame.
    package func frame(id: UInt32) -> Frame {
        switch self {
        case .hello(let message): Frame(type: 1, requestID: id, payload: message.wireBytes)
        case .start(let message): Frame(type: 2, requestID: id, payload: message.wireBytes)
        case .status(let message): Frame(type: 3, requestID: id, payload: message.wireBytes)
        case .log(let message): Frame(type: 4, requestID: id, payload: message.wireBytes)
        case .end(let message): Frame(type: 5, requestID: id, payload: message.wireBytes)
        case .claim(let message): Frame(type: 6, requestID: id, payload: message.wireBytes)
        case .cleanup(let message): Frame(type: 7, requestID: id, payload: message.wireBytes)
        case .collect(let message): Frame(type: 8, requestID: id, payload: message.wireBytes)
        case .artifact(let message): Frame(type: 9, requestID: id, payload: message.wireBytes)
        case .ping: Frame(type: 10, requestID: id, payload: [])
        case .renew(let message): Frame(type: 11, requestID: id, payload: message.wireBytes)
        case .workspaces: Frame(type: 12, requestID: id, payload: [])
        }
    }

    /// Reads a request from a frame that is not trusted.
    package init(_ frame: Frame) throws(WireError) {
        let payload = frame.payload[...]
        switch frame.type {
        case 1: self = .hello(try Hello(wireBytes: payload))
        case 2: self = .start(try StartRequest(wireBytes: payload))
        case 3: self = .status(try StatusRequest(wireBytes: payload))
        case 4: self = .log(try LogRequest(wireBytes: payload))
        case 5: self = .end(try EndRequest(wireBytes: payload))
        case 6: self = .claim(try AttemptKey(wireBytes: payload))
        case 7: self = .cleanup(try CleanupRequest(wireBytes: payload))
        case 8: self = .collect(try CollectRequest(wireBytes: payload))
        case 9: self = .artifact(try ArtifactRequest(wireBytes: payload))
        case 10: self = .ping
        case 11: self = .renew(try LeaseRequest(wireBytes: payload))
        case 12: self = .workspaces
        default: throw .unknownType(frame.type)
        }
    }
}

/// What the far end may answer, or push with request id 0.
package enum Reply: Sendable, Equatable {
    /// Who the host is.
    case hello(HelloReply)
    /// What attempts are at; with request id 0 a push of those that changed.
    case reports(Reports)
    /// A part of a file.
    case chunk(FileChunk)
    /// What came of ending an attempt.
    case ended(EndReply)
    /// The artifacts.
    case collected(CollectReply)
    /// Done, with nothing to say.
    case done
    /// The workspaces of the account.
    case workspaces(Workspaces)
    /// The request failed.
    case failure(WireFailure)

    /// The answer as a frame; `id` 0 is a push.
    package func frame(id: UInt32) -> Frame {
        switch self {
        case .hello(let message): Frame(type: 129, requestID: id, payload: message.wireBytes)
        case .reports(let message): Frame(type: 130, requestID: id, payload: message.wireBytes)
        case .chunk(let message): Frame(type: 131, requestID: id, payload: message.wireBytes)
        case .ended(let message): Frame(type: 132, requestID: id, payload: message.wireBytes)
        case .collected(let message): Frame(type: 133, requestID: id, payload: message.wireBytes)
        case .done: Frame(type: 134, requestID: id, payload: [])
        case .failure(let message): Frame(type: 135, requestID: id, payload: message.wireBytes)
        case .workspaces(let message): Frame(type: 136, requestID: id, payload: message.wireBytes)
        }
    }

    /// Reads an answer from a frame that is not trusted.
    package init(_ frame: Frame) throws(WireError) {
        let payload = frame.payload[...]
        switch frame.type {
        case 129: self = .hello(try HelloReply(wireBytes: payload))
        case 130: self = .reports(try Reports(wireBytes: payload))
        case 131: self = .chunk(try FileChunk(wireBytes: payload))
        case 132: self = .ended(try EndReply(wireBytes: payload))
        case 133: self = .collected(try CollectReply(wireBytes: payload))
        case 134: self = .done
        case 135: self = .failure(try WireFailure(wireBytes: payload))
        case 136: self = .workspaces(try Workspaces(wireBytes: payload))
        default: throw .unknownType(frame.type)
        }
    }
}
