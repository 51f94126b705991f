/// The way to a host, found out once, and anew where it led nowhere.
package actor RouteCache<Route: Sendable> {
    private var known: Route?

    /// Nothing is known yet.
    package init() {}

    /// What is known, or what `find` finds.
    package func value(_ find: @Sendable () async throws -> Route) async throws -> Route {
        if let known { return known }
        let route = try await find()
        known = route
        return route
    }

    /// Forgets it: the configuration may have been mended since.
    package func forget() { known = nil }
}
