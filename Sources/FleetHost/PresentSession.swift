import FleetTransport
import NIOCore

/// A transport to a session that is there already; whoever opened it closes it.
struct PresentSession: Transport {
    let session: any Session

    var name: String { "present" }

    func connect() async throws -> any Session { Borrowed(session: session) }

    private struct Borrowed: Session {
        let session: any Session

        func openChannel(
            _ request: ChannelRequest,
            configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
        ) async throws -> CommandChannel {
            try await session.openChannel(request, configure: configure)
        }

        func close() async {}
    }
}
