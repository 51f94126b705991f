import FleetTransport
import NIOCore
import NIOPosix

/// Puts the supervisor onto a host, over a channel of its own that ends with its last byte.
struct SupervisorDelivery: Sendable {
    let hostName: String
    let session: any Session
    let payloads: SupervisorPayloads

    /// How many bytes are on their way at once.
    private static let partSize = 1 << 18

    /// Sends the payload of a platform.
    ///
    /// - Throws: ``HostError`` where there is none, or where the host cannot take it.
    func deliver(platform: String) async throws {
        let all = try await NIOThreadPool.singleton.runIfActive { [payloads] in try payloads.all() }
        guard let payload = all.first(where: { $0.platform == platform }) else {
            throw SupervisorAbsence(kind: .platform, detail: platform).error(host: hostName)
        }
        let nonce = Nonce.make()
        let box = OutputCollector.Box()
        let command = try await session.openChannel(
            ChannelRequest(arguments: ["/bin/sh", "-c", DeliveryScripts.deliver, "codewhale", nonce, payload.digest])
        ) { channel in
            try channel.pipeline.syncOperations.addHandler(OutputCollector(box, closesAtEnd: true))
        }
        // What the host says counts, also where it did not take all.
        _ = try? await send(payload, over: command.channel)
        let end = try await withTaskCancellationHandler {
            try await command.end.get()
        } onCancel: {
            command.channel.close(promise: nil)
        }
        try Task.checkCancellation()
        let lines = box.lines
        if lines.contains(DeliveryScripts.delivery(nonce)) { return }
        if let absence = lines.lazy.compactMap({ SupervisorAbsence(line: $0, nonce: nonce) }).first {
            throw absence.error(host: hostName)
        }
        throw HostError(
            .transport,
            "\(hostName): the connection was lost while the supervisor was sent (\(end.status))"
        )
    }

    private func send(_ payload: SupervisorPayloads.Payload, over channel: any NIOCore.Channel) async throws {
        let file = try await NIOThreadPool.singleton.runIfActive {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(payload.size)
            try SupervisorPayloads.read(payload.path) { bytes.append(contentsOf: $0) }
            return bytes
        }
        for start in stride(from: 0, to: file.count, by: Self.partSize) {
            let part = ByteBuffer(bytes: file[start..<min(start + Self.partSize, file.count)])
            try await channel.writeAndFlush(part).get()
        }
        try await channel.close(mode: .output).get()
    }
}

extension SupervisorAbsence {
    init(kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }
}
