import CFaultVFS

/// What a run injected and saw, added up over seeds.
public struct SimulatedReport: Sendable {
    public var seeds = 0
    public var steps = 0
    public var jobs = 0
    public var acknowledged = 0
    public var refused = 0
    public var crashes = 0
    public var partitions = 0
    public var linksCut = 0
    public var duplicates = 0
    public var clockJumps = 0
    public var bitsFlipped = 0
    public var ioErrors = 0
    public var powerCuts = 0
    public var tornWrites = 0
    public var sectorsDropped = 0
    public var news = 0
    public var messages = 0
    public var framesMerged = 0
    public var incarnations = 0
    public var syncsLost = 0
    public var images = 0
    public var restores = 0
    public var lostToDisk = 0
    public var thefts = 0
    /// Check-ins that were acknowledged, tries that were answered from before, files imported.
    public var checkIns = 0
    public var checkInsRepeated = 0
    public var imports = 0
    /// Imports that something cut off; a later one goes on.
    public var importsCut = 0
    public var relayCrashes = 0
    /// How often a relay was wiped or set back to an older state.
    public var relaySetBack = 0

    public init() {}

    public mutating func add(_ other: SimulatedReport) {
        seeds += other.seeds
        steps += other.steps
        jobs += other.jobs
        acknowledged += other.acknowledged
        refused += other.refused
        crashes += other.crashes
        partitions += other.partitions
        linksCut += other.linksCut
        duplicates += other.duplicates
        clockJumps += other.clockJumps
        bitsFlipped += other.bitsFlipped
        ioErrors += other.ioErrors
        powerCuts += other.powerCuts
        tornWrites += other.tornWrites
        sectorsDropped += other.sectorsDropped
        news += other.news
        messages += other.messages
        framesMerged += other.framesMerged
        incarnations += other.incarnations
        syncsLost += other.syncsLost
        images += other.images
        restores += other.restores
        lostToDisk += other.lostToDisk
        thefts += other.thefts
        checkIns += other.checkIns
        checkInsRepeated += other.checkInsRepeated
        imports += other.imports
        importsCut += other.importsCut
        relayCrashes += other.relayCrashes
        relaySetBack += other.relaySetBack
    }

    mutating func add(disk: fvfs_stats) {
        tornWrites += Int(disk.torn_writes)
        sectorsDropped += Int(disk.sectors_dropped)
        powerCuts += Int(disk.power_cuts)
        ioErrors += Int(disk.errors)
        syncsLost += Int(disk.lost_syncs)
    }

    /// One line, as `make simulate` ends.
    public var line: String {
        """
        seeds=\(seeds) steps=\(steps) jobs=\(jobs) acknowledged=\(acknowledged) \
        refused=\(refused) crashes=\(crashes) power_cuts=\(powerCuts) io_errors=\(ioErrors) \
        torn_writes=\(tornWrites) sectors_dropped=\(sectorsDropped) partitions=\(partitions) \
        links_cut=\(linksCut) duplicates=\(duplicates) bits_flipped=\(bitsFlipped) \
        clock_jumps=\(clockJumps) news=\(news) \
        messages=\(messages) frames_merged=\(framesMerged) incarnations=\(incarnations) \
        syncs_lost=\(syncsLost) images=\(images) restores=\(restores) lost_to_disk=\(lostToDisk) \
        thefts=\(thefts) check_ins=\(checkIns) check_ins_repeated=\(checkInsRepeated) \
        imports=\(imports) imports_cut=\(importsCut) \
        relay_crashes=\(relayCrashes) relay_set_back=\(relaySetBack)
        """
    }
}
