/// Looks at many hosts at once, so that one that is dead holds up none of the others.
enum Doctor {
    /// How many hosts are looked at at once.
    static let limit = 64
    /// How many accounts of one address are looked at at once: sshd turns connections away that have not authenticated
    /// (MaxStartups, 10 where nothing else is said).
    static let addressLimit = 4

    /// Examines each target; the reports stand in the order of the targets.
    static func examine(
        _ targets: [DoctorTarget],
        limit: Int = Doctor.limit,
        _ examine: @escaping @Sendable (DoctorTarget) async -> HostReport
    ) async -> [HostReport] {
        await withTaskGroup(of: (Int, HostReport).self) { group in
            var reports = targets.map { HostReport($0) }
            var waiting = Array(targets.indices)
            var active: [String?: Int] = [:]
            var count = 0
            while true {
                while count < limit, let next = waiting.firstIndex(where: { isFree(targets[$0], active) }) {
                    let place = waiting.remove(at: next)
                    let target = targets[place]
                    active[target.address, default: 0] += 1
                    count += 1
                    group.addTask { (place, await examine(target)) }
                }
                guard let (place, report) = await group.next() else { return reports }
                reports[place] = report
                active[targets[place].address, default: 1] -= 1
                count -= 1
            }
        }
    }

    private static func isFree(_ target: DoctorTarget, _ active: [String?: Int]) -> Bool {
        target.address == nil || active[target.address, default: 0] < addressLimit
    }
}
