/// The first request on a channel.
package struct Hello: WireMessage {
    /// The protocol that this tree speaks.
    package static let protocolVersion: UInt64 = 1

    /// The near end's protocol.
    package var version: UInt64 = Hello.protocolVersion
    /// Drawn for this channel; keys the digests by which arrival of variables is verified.
    package var digestKey: [UInt8] = []
    /// Names whose arrival is to be verified.
    package var names: [String] = []
    /// Values of names that could not go by the channel, for `env_via: request`; held in memory alone.
    package var variables: [WireVariable] = []

    /// A greeting without names.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        writer.field(1, version)
        writer.field(2, digestKey)
        for name in names { writer.field(3, name) }
        for variable in variables { writer.field(4, variable) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: version = try field.number()
            case 2: digestKey = Array(field.content)
            case 3: names.append(field.text())
            case 4: variables.append(try field.message())
            default: break
            }
        }
    }
}

/// What the host says of itself, and of the variables that arrived.
package struct HelloReply: WireMessage {
    /// The far end's protocol.
    package var version: UInt64 = Hello.protocolVersion
    /// The kernel's boot id: another one means that the host was started anew.
    package var bootID = ""
    /// The host's name.
    package var hostName = ""
    /// `<os>-<architecture>`, such as `linux-x86_64`.
    package var platform = ""
    /// The account's number.
    package var userID: UInt32 = 0
    /// The account's home directory.
    package var home = ""
    /// The host's clock, in milliseconds since 1970.
    package var clock: UInt64 = 0
    /// The supervisor's own pid.
    package var pid: UInt32 = 0
    /// For each name asked for that has a value here: HMAC-SHA-256 in hex over name, NUL, value, by the channel's key.
    package var digests: [WireVariable] = []
    /// What the far end can beyond its protocol's version; 0 for supervisors that say nothing of it.
    package var revision: UInt64 = 0

    /// The revision of this tree.
    package static let currentRevision: UInt64 = 1
    /// From this revision on, a ``CleanupRequest`` is refused where it asks for that and somebody drives the attempts.
    package static let guardsCleanup: UInt64 = 1

    /// An empty answer.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        writer.field(1, version)
        writer.field(2, bootID)
        writer.field(3, hostName)
        writer.field(4, platform)
        writer.field(5, UInt64(userID))
        writer.field(6, home)
        writer.field(7, clock)
        writer.field(8, UInt64(pid))
        for digest in digests { writer.field(9, digest) }
        if revision > 0 { writer.field(10, revision) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: version = try field.number()
            case 2: bootID = field.text()
            case 3: hostName = field.text()
            case 4: platform = field.text()
            case 5: userID = try field.number32()
            case 6: home = field.text()
            case 7: clock = try field.number()
            case 8: pid = try field.number32()
            case 9: digests.append(try field.message())
            case 10: revision = try field.number()
            default: break
            }
        }
    }
}
