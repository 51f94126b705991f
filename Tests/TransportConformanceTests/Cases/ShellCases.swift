import FleetTransport
import Foundation
import TestServers
import Testing

/// T4: what stands between the connection and the command.
extension TransportCase {
    static let shellCases: [TransportCase] =
        ["u-bash", "u-zsh", "u-fish", "u-tcsh", "noisy-zsh", "noisy-fish", "noisy-tcsh"]
        .map { account in
            TransportCase("T4.shells", "the login shell of \(account) hands the command on as it is") { site in
                try await handsOn(site, account)
            }
        }
        + ["u-sh", "noisy"]
        .map { account in
            TransportCase("T4", "the login shell of \(account) hands the command on as it is") { site in
                try await handsOn(site, account)
            }
        }
        + ["r-rbash", "r-nologin", "r-force", "r-sftp"]
        .map { account in
            TransportCase("T4.restricted", "the restricted account \(account) is its own failure, with a sentence") {
                site in try await isRestricted(site, account)
            }
        } + [
            TransportCase("T4", "the restricted account r-false is its own failure, with a sentence") { site in
                try await isRestricted(site, "r-false")
            },
            TransportCase("T4", "a banner and a message of the day are not taken for output") { site in
                let server = try await site.server(
                    .init(environment: ["BANNER": "Authorised use only.\nAll is logged.", "MOTD": "Hello.\nfrom motd"])
                )
                let (output, end) = try await site.run(shell("echo here"), to: site.endpoint(on: server))
                #expect(output == "here\n" && end.status == .code(0))
            },
        ]
        + [
            "RemoteCommand echo configured", "RequestTTY force", "ForkAfterAuthentication yes", "StdinNull yes",
            "LocalForward 127.0.0.1:1 127.0.0.1:1\n  ExitOnForwardFailure yes",
            "ControlMaster auto\n  ControlPath none",
            "PermitLocalCommand yes\n  LocalCommand echo local", "SessionType none", "LogLevel QUIET",
            "LogLevel DEBUG3", "BatchMode no\n  StrictHostKeyChecking no", "VisualHostKey yes", "EscapeChar ~",
            "AddKeysToAgent yes\n  ForwardAgent yes", "Compression yes", "SendEnv LANG LC_*\n  SetEnv LC_OTHER=x",
            "ProxyUseFdpass yes", "LogVerbose *:*:*", "IgnoreUnknown UseKeychain\n  UseKeychain yes",
        ]
        .map { setting in
            TransportCase("T4", "the channel works whatever ssh_config says: \(setting.prefix { $0 != "\n" })") {
                site in
                try site.write("config", "Host *\n  \(setting)\n")
                let session = try await site.connect()
                // Two channels: the one that connects, and one that joins it.
                for _ in 0..<2 {
                    let talk = try await session.talk(shell("read line; echo \"<$line>\"; exit 3"))
                    try await talk.send("words ~. here\n")
                    #expect(try await talk.end().status == .code(3))
                    #expect(talk.text == "<words ~. here>\n")
                }
            }
        }

    private static func handsOn(_ site: TransportSite, _ account: String) async throws {
        let odd = [
            "plain", "two  words", "'single' \"double\"", "$HOME `id` \\ \\n", "line\nbreak\ttab", "-n", "", "!!",
            "*", "~", "#", "%s", "a=b", "ünï 鯨", "{a,b}", "end\n",
        ]
        let script = #"for a; do printf '%s\0' "$a"; done; cat; exit 7"#
        let session = try await site.connect(site.endpoint(account))
        for _ in 0..<2 {
            let talk = try await session.talk(["/bin/sh", "-c", script, "sh"] + odd)
            try await talk.send([0, 1, 2, 0xff, 10])
            try await talk.finish()
            try await talk.over()
            let expected: [UInt8] = odd.flatMap { Array($0.utf8) + [0] } + [0, 1, 2, 0xff, 10]
            #expect(talk.heard.value.bytes == expected)
            #expect(try await talk.end().status == .code(7))
        }
    }

    private static func isRestricted(_ site: TransportSite, _ account: String) async throws {
        var endpoint = site.endpoint(account)
        endpoint.connectTimeout = 3
        let error = try await refusal(site, endpoint, .configuration, .restricted)
        #expect(error.hint?.contains("login shell") ?? false)
    }
}
