import ArgumentParser

/// The bound of the interval between two polls of a host.
enum PollInterval {
    /// In seconds: half a millisecond to an hour.
    static let range = 0.0005...3_600

    /// What the options that take it say of it.
    static let help = ArgumentHelp(
        "The most seconds between two polls of a host (default: 5).",
        discussion: """
            Hosts tell by themselves what changes, and are polled for what that may have lost: soon after a start or an \
            end was asked for, and less and less often while nothing changes, down to this.
            """,
        valueName: "seconds"
    )

    /// The seconds that a text says.
    ///
    /// - Throws: `ValidationError` where it is no number within ``range``.
    static func seconds(_ text: String) throws -> Double {
        guard let seconds = Double(text), range.contains(seconds) else {
            throw ValidationError("a number of seconds from 0.0005 to 3600 is expected")
        }
        return seconds
    }
}
