public import CRDT

/// All that is wrong with a set of packs, a sentence each.
public struct PackProblems: Error, Sendable, Hashable {
    public let sentences: [String]

    public init(_ sentences: [String]) { self.sentences = sentences }
}

extension Pack {
    /// The schema of the installed packs. The same packs give the same schema on every box; its
    /// version is the sum of theirs, so that it rises with each of them.
    ///
    /// - Parameters:
    ///   - packs: in any order.
    ///   - released: earlier releases of these packs; what they promised must still hold.
    public static func schema(
        of packs: [Pack], replacing released: [Pack] = []
    ) throws(PackProblems) -> Schema {
        var review = PackReview(packs)
        review.judge()
        for old in released { review.judge(promisesOf: old) }
        guard review.sentences.isEmpty else { throw PackProblems(review.sentences) }
        let collections = packs.flatMap { pack in
            pack.collections.map { $0.rowCollection(of: pack) }
        }
        return Schema(
            version: packs.reduce(0) { $0 &+ $1.version },
            collections: collections.sorted { $0.id < $1.id })
    }
}

extension PackCollection {
    /// The collection's own fields and those of everywhere, by id.
    func allFields(of pack: Pack) -> [PackField] {
        let shared = bare == true ? [] : pack.everywhere ?? []
        return (shared + fields).sorted { $0.id < $1.id }
    }

    fileprivate func rowCollection(of pack: Pack) -> RowCollection {
        let fields = allFields(of: pack).map { field in
            Field(
                id: field.id, name: field.name, type: field.type.valueType,
                merge: field.merge.code, isPersonal: field.personal ?? false,
                ranks: field.ranks.flatMap { pack.ranks?[$0] } ?? [:])
        }
        func id(_ name: String) -> UInt32? { fields.first { $0.name == name }?.id }
        return RowCollection(
            id: self.id, name: name, fields: fields, indexes: indexes ?? [],
            isAppendOnly: appendOnly ?? false, isDeleteFinal: deleteFinal ?? false,
            subject: subject.flatMap { $0 == "row" ? .row : id($0).map { .field($0) } },
            homeSite: homeSite.flatMap(id))
    }
}
