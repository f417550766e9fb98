import CFaultVFS
import CSQLite
import Testing

/// SQLite on the simulated disk: what a commit promises holds, and what it does not is lost.
struct FaultVFSDatabaseTests {
    @Test func `one writer and two readers share a write-ahead log`() throws {
        let bench = FaultBench()
        let writer = CrashLedger.open(bench, synchronous: "FULL")
        #expect(writer.append(1) == SQLITE_OK)
        let early = CrashLedger(connection: RawConnection(bench.name))
        let late = CrashLedger(connection: RawConnection(bench.name))
        #expect(early.connection.run("BEGIN") == SQLITE_OK)
        #expect(try early.count() == 1)
        for id in 2...40 { #expect(writer.append(id) == SQLITE_OK) }
        #expect(try early.count() == 1)
        #expect(try late.count() == 40)
        #expect(writer.connection.number("PRAGMA wal_checkpoint(TRUNCATE)") == 1)
        #expect(early.connection.run("COMMIT") == SQLITE_OK)
        #expect(try early.count() == 40)
        #expect(writer.connection.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        #expect(fvfs_file_size(bench.disk, "node.db-wal") == 0)

        #expect(writer.connection.run("BEGIN IMMEDIATE") == SQLITE_OK)
        #expect(late.append(41) == SQLITE_BUSY)
        #expect(writer.connection.run("ROLLBACK") == SQLITE_OK)
        #expect(late.append(41) == SQLITE_OK)
        #expect(try writer.count() == 41)
    }

    @Test func `readers on other threads see whole transactions while one writes`() async throws {
        let bench = FaultBench()
        let name = bench.name
        let writer = RawConnection(
            name,
            setup: [
                "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=10",
                "CREATE TABLE pair(a, b)", "INSERT INTO pair VALUES(0, 0)",
            ])
        let torn = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...3 {
                group.addTask { @concurrent in
                    let reader = RawConnection(name, setup: ["PRAGMA busy_timeout=1000"])
                    return (1...500).count { _ in
                        reader.numberInTime("SELECT a - b FROM pair") != 0
                    }
                }
            }
            for _ in 1...500 {
                let both = "BEGIN; UPDATE pair SET a=a+1; UPDATE pair SET b=b+1; COMMIT"
                #expect(writer.runInTime(both) == SQLITE_OK)
            }
            return try await group.reduce(0, +)
        }
        #expect(torn == 0)
        #expect(writer.number("SELECT a FROM pair") == 500)
    }

    /// Commits until the power goes at a drawn call, and says how many commits were acknowledged
    /// and how many of them a crash took.
    private func crash(
        _ bench: FaultBench, _ dice: inout CrashDice, journal: String = "WAL", synchronous: String,
        mode: fvfs_crash_mode, page: Int
    ) throws -> (acknowledged: Int, lost: Int) {
        let ledger = CrashLedger.open(
            bench, journal: journal, synchronous: synchronous, page: page)
        let readers = [RawConnection(bench.name), RawConnection(bench.name)]
        let first = try ledger.count()
        // A rollback journal would wait for this reader.
        if journal == "WAL", dice.roll(2) == 0 { readers[0].run("BEGIN; SELECT * FROM row") }
        bench.fail(after: 1 + dice.roll(400), with: FVFS_POWER_CUT)
        var acknowledged = first
        while ledger.append(acknowledged + 1) == SQLITE_OK {
            acknowledged += 1
            _ = readers[1].number("SELECT count(*) FROM row")
        }
        fvfs_crash(bench.disk, dice.roll(.max), mode)
        fvfs_clear_faults(bench.disk)
        let again = CrashLedger(connection: RawConnection(bench.name))
        #expect(again.connection.text("PRAGMA integrity_check") == "ok")
        let found = try again.count()
        #expect(found <= acknowledged + 1)
        return (acknowledged - first, max(0, acknowledged - found))
    }

    private func crashes(
        journal: String = "WAL", synchronous: String, mode: fvfs_crash_mode
    ) throws -> (acknowledged: Int, lost: Int, crashes: Int) {
        var sum = (acknowledged: 0, lost: 0, crashes: 0)
        for seed in 1...100 as ClosedRange<UInt64> {
            var dice = CrashDice(state: seed)
            let bench = FaultBench(seed: seed, sector: dice.roll(4) == 0 ? 4096 : 512)
            let page = [1024, 4096][Int(dice.roll(2))]
            for _ in 1...3 {
                // Making the database lies outside what is tried.
                CrashLedger.open(bench, journal: journal, synchronous: "EXTRA", page: page)
                    .connection.close()
                let outcome = try crash(
                    bench, &dice, journal: journal, synchronous: synchronous, mode: mode,
                    page: page)
                sum.acknowledged += outcome.acknowledged
                sum.lost += outcome.lost
            }
            sum.crashes += Int(bench.stats.crashes)
        }
        return sum
    }

    @Test(arguments: [FVFS_TEAR.rawValue, FVFS_TRASH.rawValue, FVFS_DROP.rawValue])
    func `full synchronous loses no acknowledged commit in 300 crashes`(mode: UInt32) throws {
        let sum = try crashes(synchronous: "FULL", mode: fvfs_crash_mode(mode))
        #expect(sum.crashes == 300 && sum.acknowledged > 3000)
        #expect(sum.lost == 0)
    }

    @Test func `normal synchronous loses acknowledged commits`() throws {
        let sum = try crashes(synchronous: "NORMAL", mode: FVFS_TEAR)
        #expect(sum.crashes == 300)
        #expect(sum.lost > 100)
    }

    /// Deleting the journal is the commit, and only EXTRA syncs the directory after it.
    @Test func `with a rollback journal an un-synced deletion undoes a commit`() throws {
        let extra = try crashes(journal: "DELETE", synchronous: "EXTRA", mode: FVFS_TRASH)
        #expect(extra.acknowledged > 1000 && extra.lost == 0)
        let full = try crashes(journal: "DELETE", synchronous: "FULL", mode: FVFS_TRASH)
        #expect(full.lost > 20)
    }

    @Test func `with a rollback journal readers and the writer lock each other out`() {
        let bench = FaultBench()
        let setup = ["CREATE TABLE IF NOT EXISTS t(a)"]
        let writer = RawConnection(bench.name, setup: setup)
        let reader = RawConnection(bench.name, setup: setup)
        let late = RawConnection(bench.name)
        #expect(reader.run("BEGIN; SELECT * FROM t") == SQLITE_OK)
        #expect(writer.run("BEGIN IMMEDIATE; INSERT INTO t VALUES(1)") == SQLITE_OK)
        #expect(late.run("BEGIN IMMEDIATE") == SQLITE_BUSY)
        #expect(late.number("SELECT count(*) FROM t") == 0)
        #expect(writer.run("COMMIT") == SQLITE_BUSY)
        // The writer waits with PENDING: nobody new comes in, who is in may stay.
        #expect(late.number("SELECT count(*) FROM t") == nil)
        #expect(reader.number("SELECT count(*) FROM t") == 0)
        #expect(reader.run("COMMIT") == SQLITE_OK)
        #expect(writer.run("COMMIT") == SQLITE_OK)
        #expect(late.number("SELECT count(*) FROM t") == 1)
    }

    @Test func `a disk that loses its last sync loses the commit`() throws {
        let bench = FaultBench()
        let ledger = CrashLedger.open(bench, synchronous: "FULL")
        #expect(ledger.append(1) == SQLITE_OK)
        bench.fail(after: 1, with: FVFS_LOST, suffix: "-wal")
        #expect(ledger.append(2) == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(try CrashLedger.open(bench, synchronous: "FULL").count() == 1)
        #expect(bench.stats.lost_syncs == 1)
    }

    @Test(arguments: [FVFS_IOERR.rawValue, FVFS_FULL.rawValue, FVFS_SHORT.rawValue])
    func `an error at any call surfaces and takes nothing acknowledged`(fault: UInt32) throws {
        var surfaced = 0
        for n in 1...120 as ClosedRange<UInt64> {
            let bench = FaultBench()
            let ledger = CrashLedger.open(bench, synchronous: "FULL")
            let reader = CrashLedger(connection: RawConnection(bench.name))
            bench.fail(after: n, with: fvfs_fault(fault))
            var acknowledged = 0
            var failed = false
            for _ in 1...30 where !failed {
                if ledger.append(acknowledged + 1) == SQLITE_OK {
                    acknowledged += 1
                } else {
                    failed = true
                }
                if reader.connection.number("SELECT count(*) FROM row") == nil { failed = true }
            }
            surfaced += failed ? 1 : 0
            #expect(bench.stats.errors == 1)
            fvfs_clear_faults(bench.disk)
            fvfs_crash(bench.disk, n, FVFS_TEAR)
            let again = CrashLedger(connection: RawConnection(bench.name))
            #expect(again.connection.text("PRAGMA integrity_check") == "ok")
            #expect(try again.count() >= acknowledged)
        }
        // An automatic checkpoint swallows its errors; everything else reports.
        #expect(surfaced > 60)
    }

    @Test(arguments: ["WAL", "DELETE"])
    func `a connection from before a crash is inert`(journal: String) {
        let bench = FaultBench()
        let setup = ["PRAGMA journal_mode=\(journal)", "PRAGMA cache_size=2"]
        let idle = RawConnection(bench.name, setup: setup)
        idle.run("CREATE TABLE IF NOT EXISTS row(id INTEGER PRIMARY KEY, body TEXT)")
        for id in 1...30 {
            #expect(idle.run("INSERT INTO row VALUES(\(id), zeroblob(2000))") == SQLITE_OK)
        }
        let midway = RawConnection(bench.name, setup: setup)
        let reserved = RawConnection(bench.name, setup: setup)
        midway.run("BEGIN; UPDATE row SET body=zeroblob(1999)")
        let old = [idle, midway, reserved]

        fvfs_crash(bench.disk, 3, FVFS_TEAR)
        let files = bench.files
        for connection in old {
            #expect(connection.run("INSERT INTO row(body) VALUES('late')") != SQLITE_OK)
            #expect(connection.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)") != SQLITE_OK)
            #expect(connection.run("ATTACH 'other.db' AS other; CREATE TABLE other.t(a)") != 0)
            connection.close()
        }
        #expect(bench.files == files)
        #expect(bench.stats.dead_calls > 0)
        let new = RawConnection(bench.name, setup: setup)
        #expect(new.number("SELECT count(*) FROM row") == 30)
        #expect(new.text("PRAGMA integrity_check") == "ok")
    }

    @Test func `the same seed leaves the same rows and the same report`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let runs = try (1...2).map { _ in
                var dice = CrashDice(state: seed)
                let bench = FaultBench(seed: seed)
                CrashLedger.open(bench, synchronous: "NORMAL").connection.close()
                let outcome = try crash(
                    bench, &dice, synchronous: "NORMAL", mode: FVFS_TRASH, page: 1024)
                return "\(outcome) \(bench.calls()) \(bench.stats)"
            }
            #expect(runs[0] == runs[1])
        }
    }
}
