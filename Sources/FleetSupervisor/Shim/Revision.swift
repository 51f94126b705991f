/// Numbers the states of an attempt upwards, so that a late report is told from a newer one.
enum Revision {
    /// The start was written down.
    static let starting: UInt64 = 1 << 32
    /// The program runs.
    static let running: UInt64 = 2 << 32
    /// What is left of it is being ended without a shim.
    static let unsupervised: UInt64 = 4 << 32
    /// It is over.
    static let ended: UInt64 = 5 << 32

    /// An intent could not be carried out.
    static func notice(_ intent: UInt64) -> UInt64 { (3 << 32) + (intent & 0xffff_ffff) }
}
