import FleetWire

extension Reader {
    /// What the far end reads: frames of requests.
    static let requests = Reader(name: "requests", corpus: [requestFrames.flatMap(\.bytes)]) { bytes in
        frames(bytes) { frame throws(WireError) in
            let request = try Request(frame)
            return try Request(request.frame(id: frame.requestID)) == request
        }
    }

    /// What the near end reads: frames of replies.
    static let replies = Reader(name: "replies", corpus: [replyFrames.flatMap(\.bytes)]) { bytes in
        frames(bytes) { frame throws(WireError) in
            let reply = try Reply(frame)
            return try Reply(reply.frame(id: frame.requestID)) == reply
        }
    }

    private static func frames(_ bytes: [UInt8], _ isStable: (Frame) throws(WireError) -> Bool) -> String? {
        var position = 0
        while true {
            let start = position
            do throws(WireError) {
                guard let frame = try Frame.take(from: bytes, at: &position) else { return nil }
                guard position > start, position <= bytes.count else { return "a frame that ends at \(position)" }
                let isSame = frame.bytes.elementsEqual(bytes[start..<position])
                guard isSame else { return "a frame that is written otherwise" }
                do throws(WireError) {
                    guard try isStable(frame) else { return "a message that is read again as another" }
                } catch {
                    if let complaint = complaint(about: "\(error)") { return complaint }
                }
            } catch {
                return position == start ? complaint(about: "\(error)") : "a refused frame that was taken"
            }
        }
    }

    private static let key = AttemptKey(run: "r", task: "t", attempt: 2, nonce: "n")

    private static let requestFrames: [Frame] = {
        let requests: [Request] = [
            .hello(Hello()), .start(StartRequest(key: key, arguments: ["sh", "-c", ""], workingDirectory: "~/w")),
            .status(StatusRequest(keys: [key], run: "r")), .log(LogRequest(key: key, offset: 1, limit: 9)),
            .end(EndRequest(key: key, mode: .stop, grace: 3)), .claim(key), .cleanup(CleanupRequest(keys: [key, key])),
            .collect(CollectRequest(key: key, patterns: ["**/*.xml"])),
            .artifact(ArtifactRequest(key: key, path: "a", offset: 0, limit: 7)), .ping,
        ]
        return requests.enumerated().map { $1.frame(id: UInt32($0)) }
    }()

    private static let replyFrames: [Frame] = {
        var report = AttemptReport(key: key, state: .exited)
        report.exit = .signal(9)
        report.survivors = [1, 2]
        var chunk = FileChunk()
        chunk.bytes = Array("log\u{1b}".utf8)
        let replies: [Reply] = [
            .hello(HelloReply()), .reports(Reports([report, AttemptReport(key: key, state: .lost)], isLast: false)),
            .chunk(chunk), .ended(EndReply(outcome: .survivors, report: report, reason: "x")),
            .collected(CollectReply()), .done, .failure(WireFailure(.refused, "no")),
        ]
        return replies.enumerated().map { $1.frame(id: UInt32($0)) }
    }()
}
