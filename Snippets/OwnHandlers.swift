// Speaks with a program on a host through handlers of NIO.

import FleetLibSSH2
import NIOCore

final class Shouting: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        print(String(buffer: unwrapInboundIn(data)).uppercased(), terminator: "")
    }
}

try await withSSHPool { pool in
    let session = try await pool.connect(to: "builder")
    let command = try await session.openChannel(ChannelRequest(arguments: ["cat"])) { channel in
        try channel.pipeline.syncOperations.addHandler(Shouting())
    }
    try await command.channel.writeAndFlush(ByteBuffer(string: "hello\n"))
    try await command.channel.close(mode: .output)
    print(try await command.end.get().status)
}
