extension SpecAssembly {
    /// Reports tasks that no worker of the spec could ever run.
    func checkRequirements(workers: [WorkerSpec]) {
        var known: [Set<String>: String?] = [:]
        var lastSource: Int32 = -1
        var told: Set<Set<String>> = []
        for (index, task) in tasks.enumerated() where !task.requires.isEmpty {
            let missing: String?
            if let before = known[task.requires] {
                missing = before
            } else {
                missing = task.requires.unmet(by: workers)
                known[task.requires] = .some(missing)
            }
            guard let missing, sources[index] != lastSource else { continue }
            lastSource = sources[index]
            let source = Int(lastSource)
            let own = [elements[source]["requires"], elements[source]["worker"]].compactMap(\.self).first { !$0.isNull }
            // What the defaults require is told once, not for each task.
            guard own != nil || told.insert(task.requires).inserted else { continue }
            let place = own == nil ? Place().member("defaults") : place(ofElement: source)
            let all = Set(workers.flatMap(\.capabilities)).sorted()
            let isUnknown = !all.contains(missing)
            faults.add(
                place.member("requires"),
                line: (own ?? defaultsValue?["requires"])?.line,
                found: isUnknown
                    ? "\(missing.quotedForMessage), which no worker has"
                    : "\(task.requires.sorted().map(\.quotedForMessage).joined(separator: ", ")), "
                        + "which no worker has together",
                expected: "capabilities of one of the workers",
                hint: isUnknown ? faults.didYouMean(missing, among: all) : nil
            )
        }
    }
}

extension Set<String> {
    /// A capability of these that stands in the way: one that no worker has, else any; nil where a worker has them all.
    fileprivate func unmet(by workers: [WorkerSpec]) -> String? {
        if workers.contains(where: { isSubset(of: $0.capabilities) }) { return nil }
        let sorted = sorted()
        return sorted.first { name in !workers.contains { $0.capabilities.contains(name) } } ?? sorted.first
    }
}

extension RunSpec {
    /// The tasks that none of some workers could ever run, as faults; for workers that do not come from the spec itself.
    package func requirementFaults(workers: [WorkerSpec]) -> [SpecFault] {
        tasks.compactMap { task in
            guard let missing = task.requires.unmet(by: workers) else { return nil }
            return SpecFault(
                path: "task \(task.id)",
                found: "requires \(task.requires.sorted().map(\.quotedForMessage).joined(separator: ", "))",
                expected: "capabilities of one of the workers",
                hint: "no worker has \(missing.quotedForMessage)\(task.requires.count > 1 ? " beside the others" : "")"
            )
        }
    }
}
