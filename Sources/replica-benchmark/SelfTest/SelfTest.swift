/// `selftest`: a small workload of our own, written as files and put through every phase, against a
/// merge that knows nothing of the engine.
enum SelfTest {
    static func run(seed: UInt64) throws -> Figures {
        var workload = SmallWorkload(seed: seed)
        workload.make()
        return try Files.withTemporaryFolder { folder in
            let dataFolder = folder + "/data"
            try Files.makeFolder(dataFolder)
            try Files.write(Array(SmallWorkload.schema.utf8), to: dataFolder + "/schema.json")
            try write(workload.load, to: dataFolder + "/load.jsonl")
            for site in Fleet.sites {
                try write(
                    workload.day.filter { $0["site"]?.text == site },
                    to: "\(dataFolder)/day-\(site).jsonl")
            }
            var merge = NaiveMerge()
            merge.take(load: workload.load)
            // Any order of sites gives the same.
            for site in Fleet.sites.reversed() {
                merge.take(site: site, workload.day.filter { $0["site"]?.text == site })
            }
            try write([merge.expectation()], to: dataFolder + "/expected.json")
            var figures = Figures()
            figures.add("seed", Int64(bitPattern: seed))
            figures.add("edits", workload.day.count)
            for member in try OraclePhase.run(dataFolder: dataFolder).members {
                figures.add(member.name, member.value)
            }
            return figures
        }
    }

    private static func write(_ lines: [JSON], to path: String) throws {
        var bytes: [UInt8] = []
        for line in lines {
            line.write(into: &bytes)
            bytes.append(0x0A)
        }
        try Files.write(bytes, to: path)
    }
}
