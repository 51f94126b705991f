/// Kinds of host keys, as `HostKeyAlgorithms` of `ssh_config(5)` names them.
enum HostKeyAlgorithms {
    /// The kinds, each with all its names.
    static let families = [
        "ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256",
    ]
}
