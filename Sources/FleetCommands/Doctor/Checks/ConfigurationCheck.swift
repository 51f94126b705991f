import FleetTransport

/// What the ssh configuration makes of a host, and the files of the keys.
enum ConfigurationCheck {
    /// Where the connection leads.
    static func route(_ inspection: SSHInspection) -> Finding {
        var way = "\(inspection.user)@\(inspection.hostName), port \(inspection.port)"
        if !inspection.jumps.isEmpty { way += ", through \(inspection.jumps.joined(separator: ", then "))" }
        if inspection.hasProxyCommand { way += ", through a ProxyCommand" }
        return .ok(.configuration, way)
    }

    /// The files of keys that ssh would refuse, or could not open.
    ///
    /// - Parameters:
    ///   - files: those that are there.
    ///   - hasAgent: whether an agent may hold their keys.
    ///   - isOpenToOthers: whether others than the owner may do anything with a file.
    /// - Returns: a finding for each file, and one where there is no key at all.
    static func identities(
        _ files: [SSHInspection.KeyFile],
        hasAgent: Bool,
        isOpenToOthers: (String) -> Bool
    ) -> [Finding] {
        var findings: [Finding] = []
        for file in files {
            if isOpenToOthers(file.path) {
                findings.append(
                    .error(
                        .identity,
                        of: file.path,
                        "others may read or change the key, so ssh does not use it",
                        remedy: "chmod 600 \(file.path)"
                    )
                )
            } else if file.isEncrypted, !hasAgent {
                findings.append(
                    .warning(
                        .identity,
                        of: file.path,
                        "the key is behind a passphrase, and there is no agent",
                        remedy: "start an agent and add the key (ssh-add), or use a key without a passphrase"
                    )
                )
            } else {
                findings.append(.ok(.identity, of: file.path, file.isEncrypted ? "behind a passphrase" : "usable"))
            }
        }
        if files.isEmpty, !hasAgent {
            findings.append(
                .warning(
                    .identity,
                    "there is no key's file, and no agent",
                    remedy: "set \"identity\" for the host, or make a key (ssh-keygen)"
                )
            )
        }
        return findings
    }
}
