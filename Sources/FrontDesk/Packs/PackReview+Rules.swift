internal import CRDT

// What a pack asks of values must be something that a value can do.
extension PackReview {
    mutating func judgeRules(of field: PackField, in pack: Pack, _ name: String) {
        let type = field.type.valueType
        if let format = field.format, format.type != type {
            note("\(name) cannot have the format \(format.rawValue): it is \(field.type.rawValue).")
        }
        if field.least != nil || field.most != nil {
            if type != .integer, type != .real { note("\(name) has bounds but is no number.") }
            if field.format?.numbers != nil { note("\(name) has bounds and a format with bounds.") }
        }
        if let least = field.least, let most = field.most, least > most {
            note("\(name) begins with \(least) and ends with \(most); no number fits.")
        }
        if field.lines != nil || field.longest != nil || field.distinct != nil, type != .text {
            note("\(name) says how its text looks but is no text.")
        }
        if let longest = field.longest, !(1...Limits.valueBytesMax / 4).contains(longest) {
            note("\(name) may have \(longest) characters; 1 to \(Limits.valueBytesMax / 4) fit.")
        }
        if let words = field.options {
            if words.isEmpty { note("\(name) offers no word.") }
            for word in Set(words) where words.count(where: { $0 == word }) > 1 {
                note("\(name) offers \(word) twice.")
            }
        }
        let words = field.options ?? field.ranks.flatMap { pack.ranks?[$0] }.map { Array($0.keys) }
        for (word, before) in (field.onlyAfter ?? [:]).sorted(by: { $0.key < $1.key }) {
            for unknown in ([word] + before).filter({ words?.contains($0) != true }) {
                note("\(name) says when \(unknown) is written, which is none of its words.")
            }
        }
        if field.byBox == true, field.required == true {
            note("\(name) is filled by the box; nobody can be required to say it.")
        }
    }

    mutating func judgeRules(of collection: PackCollection, _ fields: [PackField]) {
        func field(_ wanted: String) -> PackField? { fields.first { $0.name == wanted } }
        let name = collection.name
        for pair in collection.inOrder ?? [] {
            let types = pair.compactMap { field($0)?.type }
            if pair.count != 2 || types.count != 2 || types[0] != types[1] {
                note("\(name) orders \(pair.joined(separator: " and ")), which are no such pair.")
            }
        }
        for wanted in collection.someOf ?? [] where field(wanted) == nil {
            note("\(name) needs some of \(wanted), which it does not have.")
        }
        if collection.someOf?.isEmpty == true { note("\(name) needs one of no fields.") }
    }
}
