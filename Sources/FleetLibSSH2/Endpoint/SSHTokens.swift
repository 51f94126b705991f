import FleetTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What `~` and `%` stand for in the paths of an ssh configuration (`TOKENS` in `ssh_config(5)`), as `ssh -G` leaves them.
struct SSHTokens: Sendable {
    private let values: [Character: String]
    private let home: String
    private let environment: [String: String]

    /// The tokens of a host.
    ///
    /// - Parameters:
    ///   - configuration: what the configuration says of it.
    ///   - host: its name as it was given.
    ///   - alias: its `HostKeyAlias`.
    ///   - environment: what `${NAME}` stands for.
    init(_ configuration: SSHConfiguration, host: String, alias: String?, environment: [String: String]) {
        self.environment = environment
        // ssh takes the account's home, whatever HOME says.
        home = LocalAccount.home
        var name = [CChar](repeating: 0, count: 256)
        let local =
            gethostname(&name, name.count - 1) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        values = [
            "%": "%", "h": configuration.hostName, "n": host, "p": "\(configuration.port)", "r": configuration.user,
            "d": home, "u": LocalAccount.name, "i": "\(getuid())", "l": local, "k": alias ?? host,
            "L": String(local.prefix { $0 != "." }),
        ]
    }

    /// A path with all of them replaced, and `${NAME}` too; what is not known stays as it is.
    func expand(_ path: String) -> String {
        var result = ""
        var rest = path[...]
        if rest.hasPrefix("~/") || rest == "~" {
            result = home
            rest = rest.dropFirst()
        }
        while let character = rest.popFirst() {
            if character == "$", rest.first == "{", let end = rest.firstIndex(of: "}"),
                let value = environment[String(rest[rest.index(after: rest.startIndex)..<end])]
            {
                result += value
                rest = rest[rest.index(after: end)...]
            } else if character == "%", let token = rest.first, let value = values[token] {
                result += value
                rest = rest.dropFirst()
            } else {
                result.append(character)
            }
        }
        return result
    }
}
