internal import CRDT

/// `oracle`: every phase in a scratch folder, and what all three sites hold against
/// `expected.json`.
enum OraclePhase {
    /// - Returns: figures with `oracle` true only when nothing at all differs.
    static func run(dataFolder: String) throws -> Figures {
        try Files.withTemporaryFolder { folder in
            let workFolder = folder + "/work"
            let load = try LoadPhase.run(dataFolder: dataFolder, workFolder: workFolder)
            for site in Fleet.sites {
                _ = try DayPhase.run(dataFolder: dataFolder, workFolder: workFolder, site: site)
            }
            let merges = try Fleet.sites.map {
                try MergePhase.run(dataFolder: dataFolder, workFolder: workFolder, site: $0)
            }
            _ = try BootPhase.run(dataFolder: dataFolder, workFolder: workFolder)
            return judge(merges, load)
        }
    }

    private static func judge(_ merges: [Figures], _ load: Figures) -> Figures {
        func all(_ name: String) -> Set<String> {
            Set(merges.map { $0[name]?.text ?? $0[name]?.line ?? "" })
        }
        let won = merges.compactMap { $0["lww_winner_by_time"]?.integer }.min() ?? 0
        let conflicts = merges.first?["lww_conflicts"]?.integer ?? 0
        let isConverged = all("digest").count == 1 && all("replica_digest").count == 1
        let isExpected =
            all("is_expected") == ["true"] && all("stock_right") == ["true"]
            && all("verify") == ["clean"] && won == conflicts
        var figures = Figures()
        figures.add("oracle", isConverged && isExpected)
        figures.add("converged", isConverged)
        figures.add("digest", merges.first?["digest"]?.text ?? "")
        figures.add("verify", all("verify").sorted().joined(separator: " "))
        figures.add("stock_right", all("stock_right") == ["true"])
        figures.add("lww_conflicts", conflicts)
        figures.add("lww_winner_by_time", won)
        return figures
    }
}
