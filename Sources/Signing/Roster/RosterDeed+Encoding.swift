import CRDT

extension RosterDeed {
    /// The body's bytes, without kind and length.
    var encodedBody: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .genesis(let genesis):
            writer.write(genesis.recoveryKit)
            writer.write(genesis.firstDevice)
            writer.write(id: genesis.site.value)
        case .add(let bundle):
            writer.write(bundle.keys)
            writer.write(id: bundle.site.value)
            bundle.rights.encode(into: &writer)
        case .speaker(let site, let speaker):
            writer.write(id: site.value)
            writer.write(id: speaker.device.value)
            writer.write(fixed: speaker.incarnation)
        case .revoke(let device, let cuts):
            writer.write(id: device.value)
            Cut.encode(cuts, into: &writer)
        case .reduce(let device, let rights, let cuts):
            writer.write(id: device.value)
            rights.encode(into: &writer)
            Cut.encode(cuts, into: &writer)
        case .carried(_, let body): writer.write(bytes: body)
        }
        return writer.bytes
    }

    /// Reads a body that fills the reader exactly.
    static func decode(
        kind: UInt8, from reader: inout ByteReader
    ) throws(DecodingError) -> RosterDeed {
        guard let known = RosterKind(rawValue: kind) else { return try carried(kind, &reader) }
        let deed: RosterDeed
        switch known {
        case .genesis:
            let kit = try reader.publicKeys()
            let first = try reader.publicKeys()
            deed = .genesis(
                Genesis(recoveryKit: kit, firstDevice: first, site: RowID(try reader.id())))
        case .add:
            let keys = try reader.publicKeys()
            let site = RowID(try reader.id())
            deed = .add(
                DeviceBundle(keys: keys, site: site, rights: try Rights.decode(from: &reader)))
        case .speaker:
            let site = RowID(try reader.id())
            let device = DeviceID(try reader.id())
            deed = .speaker(
                site: site,
                writer: WriterID(device: device, incarnation: try reader.fixed(UInt32.self)))
        case .revoke:
            let device = DeviceID(try reader.id())
            deed = .revoke(device, cuts: try Cut.decodeList(from: &reader))
        case .reduce:
            let device = DeviceID(try reader.id())
            let rights = try Rights.decode(from: &reader)
            deed = .reduce(device, to: rights, cuts: try Cut.decodeList(from: &reader))
        case .suspend, .rotate, .park, .floor: deed = try carried(kind, &reader)
        }
        try reader.finish()
        return deed
    }

    private static func carried(
        _ kind: UInt8, _ reader: inout ByteReader
    ) throws(DecodingError) -> RosterDeed {
        .carried(kind: kind, body: Array(try reader.take(reader.remaining)))
    }
}
