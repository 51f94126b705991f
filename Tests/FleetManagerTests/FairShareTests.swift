import Testing

@testable import FleetManager

@Suite struct FairShareTests {
    typealias Rival = FairShare.Rival

    @Test(
        arguments: [
            // slots, open before what was just given back, rivals, allowance
            (4, 4, [], Int.max),
            (4, 4, [Rival(open: 0, queued: 0)], Int.max),
            (4, 4, [Rival(open: 0, queued: 9)], 0),
            (4, 1, [Rival(open: 0, queued: 9)], 1),
            (4, 2, [Rival(open: 2, queued: 9)], Int.max),
            (1, 0, [Rival(open: 0, queued: 1)], 1),
            (1, 1, [Rival(open: 0, queued: 1)], 0),
            (2, 1, [Rival(open: 1, queued: 1), Rival(open: 0, queued: 1)], 0),
        ] as [(Int, Int, [Rival], Int)]
    )
    func aRunAboveItsShareYields(_ slots: Int, _ open: Int, _ rivals: [Rival], _ expected: Int) {
        #expect(FairShare.allowance(slots: slots, open: open, rivals: rivals) == expected)
    }
}
