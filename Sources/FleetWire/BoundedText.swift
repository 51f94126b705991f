extension String {
    /// The text, or its beginning: what a host says goes into no record without bound.
    ///
    /// - Parameter limit: how many scalars it may have.
    /// - Returns: as many as fit.
    package func bounded(to limit: Int) -> String {
        // No scalar has less than a byte, and most texts are short.
        if utf8.count <= limit { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(limit)))
    }
}
