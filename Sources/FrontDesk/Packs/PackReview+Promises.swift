extension PackReview {
    /// What a release promised holds for ever: an id keeps its meaning or is retired.
    mutating func judge(promisesOf old: Pack) {
        guard let new = packs.first(where: { $0.name == old.name }) else {
            return note("\(old.name) was installed and is gone.")
        }
        if new.version < old.version {
            note("\(new.name) went back from version \(old.version) to \(new.version).")
        }
        for id in old.retired ?? [] where !(new.retired?.contains(id) ?? false) {
            note("\(new.name) forgot that collection id \(id) is retired.")
        }
        for collection in old.collections { judge(promisesOf: collection, old, new) }
    }

    private mutating func judge(promisesOf collection: PackCollection, _ old: Pack, _ new: Pack) {
        guard let now = new.collections.first(where: { $0.id == collection.id }) else {
            if !(new.retired?.contains(collection.id) ?? false) {
                note("\(collection.name) is gone and its id \(collection.id) is not retired.")
            }
            return
        }
        if now.name != collection.name {
            note("Collection id \(now.id) was \(collection.name) and is now \(now.name).")
        }
        if now.appendOnly ?? false != collection.appendOnly ?? false
            || now.deleteFinal ?? false != collection.deleteFinal ?? false
            || now.subject != collection.subject || now.homeSite != collection.homeSite
        {
            note("\(now.name) changed how its rows are born, erased, owned or deleted.")
        }
        for id in collection.retired ?? [] where !(now.retired?.contains(id) ?? false) {
            note("\(now.name) forgot that field id \(id) is retired.")
        }
        let fields = now.allFields(of: new)
        for field in collection.allFields(of: old) {
            guard let kept = fields.first(where: { $0.id == field.id }) else {
                if !(now.retired?.contains(field.id) ?? false) {
                    note("\(now.name).\(field.name) is gone and its id is not retired.")
                }
                continue
            }
            judge(promiseOf: field, old, kept, new, now.name)
        }
    }

    private mutating func judge(
        promiseOf field: PackField, _ old: Pack, _ kept: PackField, _ new: Pack, _ owner: String
    ) {
        if kept.name != field.name || kept.type != field.type || kept.merge != field.merge
            || kept.personal ?? false != field.personal ?? false || kept.to != field.to
        {
            note("\(owner).\(field.name) changed; a released field is for ever.")
        }
        let before = field.ranks.flatMap { old.ranks?[$0] } ?? [:]
        let after = kept.ranks.flatMap { new.ranks?[$0] } ?? [:]
        for (value, rank) in before.sorted(by: { $0.key < $1.key }) where after[value] != rank {
            note("\(owner).\(field.name) ranked \(value) \(rank); a released rank is for ever.")
        }
    }
}
