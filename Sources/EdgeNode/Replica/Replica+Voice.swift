public import CRDT
public import ReplicaStorage
public import Signing

extension Replica {
    /// Goes on speaking for a site after a lost tail or a copied disk made this box begin a new
    /// incarnation: the roster hears of it if earlier ones of this device spoke, and nobody else.
    public func keepVoice(
        of site: RowID, by identity: DeviceIdentity
    ) throws(StorageError) {
        let writer = store.localHead.writer
        let voices: [WriterID]
        switch roster?.current.speaker(of: site) {
        case .writer(let voice): voices = [voice]
        case .fork(let writers): voices = writers
        case .vacant, nil: return
        }
        let areEarlier = voices.allSatisfy {
            $0.device == identity.device && $0.incarnation < writer.incarnation
        }
        guard areEarlier, writer.device == identity.device else { return }
        _ = try enter(.speaker(site: site, writer: writer), by: identity)
    }
}
