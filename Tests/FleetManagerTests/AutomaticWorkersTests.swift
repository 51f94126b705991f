import FleetCore
import Testing

@testable import FleetManager

@Suite struct AutomaticWorkersTests {
    @Test(arguments: [(-1, 1), (0, 1), (3, 3)]) func thereIsAtLeastOne(_ asked: Int, _ made: Int) {
        #expect(AutomaticWorkers.make(asked).count == made)
    }

    @Test func runsThatAskForThemAgreeInTheirDefinition() {
        let (few, many) = (AutomaticWorkers.make(2), AutomaticWorkers.make(5))
        #expect(few.map(\.summary) == Array(many.map(\.summary).prefix(2)))
    }

    @Test func anotherDefinitionHasAnotherDigest() {
        let digests = [
            WorkerSpec.sample("a"), .sample("a", slots: 2), .sample("a", capabilities: ["x"]), .sample("b"),
        ]
        .map(\.summary.digest)
        #expect(Set(digests).count == 4)
    }
}
