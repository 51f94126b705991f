import FleetCore

extension Event {
    /// What an end was confirmed with.
    var endResult: EndResult? { if case .endConfirmed(let event) = self { event.result } else { nil } }
}
