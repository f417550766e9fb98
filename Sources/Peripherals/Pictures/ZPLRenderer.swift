/// Draws one label from its ZPL: the commands that our encoder writes (``ZPLCommand``), and no
/// others.
public struct ZPLRenderer: Sendable {
    /// A label that is finished.
    public struct Drawn: Sendable, Hashable {
        public let picture: LabelPicture
        public let copies: Int
        /// Its text runs along the strip.
        public let isSideways: Bool
    }

    private struct Field {
        var x: Int?
        var y: Int?
        var font: (ZPLRotation, height: Int)?
        var box: (width: Int, height: Int, weight: Int)?
        var module: Int?
        var graphic: LabelPicture?
        var isReversed = false
        var isHexadecimal = false
        var data: [UInt8]?
    }

    private var width: Int?
    private var height: Int?
    private var picture: LabelPicture?
    private var field = Field()
    private var copies = 1
    private var isSideways = false
    private let headDots: Int

    /// - Parameter headDots: what the head reaches.
    init(headDots: Int) { self.headDots = headDots }

    /// Draws bytes that hold one whole label.
    public static func draw(
        _ bytes: [UInt8], headDots: Int = 8_192
    ) throws(ZPLRefusal) -> Drawn {
        var stream = ZPLStream()
        var renderer = ZPLRenderer(headDots: headDots)
        var labels: [Drawn] = []
        for piece in stream.read(bytes) {
            switch piece {
            case .refused(let refusal): throw refusal
            case .question: throw .strayBytes
            case .command("^XA", _): renderer = ZPLRenderer(headDots: headDots)
            case .command("^XZ", _): labels.append(try renderer.finish())
            case .command(let name, let parameters): try renderer.take(name, parameters)
            }
        }
        guard labels.count == 1, !stream.isInside else { throw .notOneLabel(labels.count) }
        return labels[0]
    }

    /// A command within the label.
    mutating func take(_ name: String, _ parameters: [UInt8]) throws(ZPLRefusal) {
        let text = String(decoding: parameters, as: UTF8.self)
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
            ZPLField.number($0)
        }
        func demand(_ isOurs: Bool) throws(ZPLRefusal) {
            if !isOurs { throw .oddParameters(ZPLStream.plain(name)) }
        }
        func number(_ place: Int, of count: Int) throws(ZPLRefusal) -> Int {
            guard numbers.count == count, let number = numbers[place] else {
                throw .oddParameters(ZPLStream.plain(name))
            }
            return number
        }
        switch name {
        case "^CI": try demand(text == "28")
        case "^LH": try demand(text == "0,0")
        case "^PO", "^PM", "^LR": try demand(text == "N")
        case "^PW": width = try number(0, of: 1)
        case "^LL": height = try number(0, of: 1)
        case "^PQ": copies = max(1, try number(0, of: 1))
        case "^FO": (field.x, field.y) = (try number(0, of: 2), try number(1, of: 2))
        case "^A0": field.font = try font(text)
        case "^FR":
            try demand(text.isEmpty)
            field.isReversed = true
        case "^GB":
            field.box = (
                try number(0, of: 3), try number(1, of: 3), try number(2, of: 3)
            )
        case "^BQ":
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            try demand(parts.count == 3 && parts[0] == "N" && parts[1] == "2")
            field.module = ZPLField.number(parts[2])
            try demand(field.module.map { (1...10).contains($0) } ?? false)
        case "^GF":
            guard let graphic = ZPLGraphic.read(parameters) else { throw .oddParameters("^GF") }
            field.graphic = graphic
        case "^FH":
            try demand(text == "_")
            field.isHexadecimal = true
        case "^FD": field.data = parameters
        case "^FS":
            try demand(text.isEmpty)
            try draw()
        default: throw .unknownCommand(ZPLStream.plain(name))
        }
    }

    mutating func finish() throws(ZPLRefusal) -> Drawn {
        try lay()
        guard let picture, field.x == nil else { throw .incompleteField }
        return Drawn(picture: picture, copies: copies, isSideways: isSideways)
    }

    private func font(_ text: String) throws(ZPLRefusal) -> (ZPLRotation, height: Int) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let rotation = ZPLRotation(rawValue: String(parts[0])),
            let height = ZPLField.number(parts[1]), parts[1] == parts[2],
            (1...32_000).contains(height)
        else { throw .oddParameters("^A0") }
        return (rotation, height)
    }

    /// The paper, once its size is known.
    private mutating func lay() throws(ZPLRefusal) {
        if picture != nil { return }
        guard let width, let height, (1...headDots).contains(width), (1...32_000).contains(height)
        else { throw .oddPage }
        picture = LabelPicture(width: width, height: height)
    }

    private mutating func draw() throws(ZPLRefusal) {
        defer { field = Field() }
        try lay()
        guard let x = field.x, let y = field.y else { throw .incompleteField }
        if let box = field.box { return draw(box, x, y) }
        if let graphic = field.graphic {
            picture?.burn(graphic, x: x, y: y, isReversed: field.isReversed)
            return
        }
        guard let data = field.data else { throw .incompleteField }
        let content = field.isHexadecimal ? try Self.unescaped(data) : data
        if let module = field.module {
            try drawCode(content, module, x, y)
        } else if let font = field.font {
            if font.0 == .quarter { isSideways = true }
            picture?.set(
                Array(String(decoding: content, as: UTF8.self)), x: x, y: y, height: font.height,
                rotation: font.0, isReversed: field.isReversed)
        } else {
            throw .incompleteField
        }
    }

    /// A frame of this weight, or a filled box where nothing is left within.
    private mutating func draw(
        _ box: (width: Int, height: Int, weight: Int), _ x: Int, _ y: Int
    ) {
        let weight = max(1, box.weight)
        let (width, height) = (max(box.width, weight), max(box.height, weight))
        let isReversed = field.isReversed
        func burn(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
            picture?.burn(x: x, y: y, width: width, height: height, isReversed: isReversed)
        }
        guard 2 * weight < min(width, height) else { return burn(x, y, width, height) }
        burn(x, y, width, weight)
        burn(x, y + height - weight, width, weight)
        burn(x, y + weight, weight, height - 2 * weight)
        burn(x + width - weight, y + weight, weight, height - 2 * weight)
    }

    /// Firmware draws a code about ten dots below its origin (`ZPL.md`).
    private static let codeDropDots = 10

    private mutating func drawCode(
        _ content: [UInt8], _ module: Int, _ x: Int, _ y: Int
    ) throws(ZPLRefusal) {
        guard let (payload, correction) = Self.code(content),
            let matrix = QRMatrix(payload, correction: correction)
        else { throw .oddParameters("^FD") }
        for row in 0..<matrix.side {
            for column in 0..<matrix.side where matrix[column, row] {
                picture?.burn(
                    x: x + column * module, y: y + Self.codeDropDots + row * module,
                    width: module, height: module)
            }
        }
    }

    /// `HM,A…` or `HM,B0012…`: the correction, manual mode, and the content by its mode.
    private static func code(_ content: [UInt8]) -> (String, QRSymbol.Correction)? {
        let levels: [UInt8: QRSymbol.Correction] = [
            UInt8(ascii: "L"): .low, UInt8(ascii: "M"): .medium, UInt8(ascii: "Q"): .quartile,
            UInt8(ascii: "H"): .high,
        ]
        guard content.count > 4, let correction = levels[content[0]],
            content[1...].starts(with: "M,".utf8)
        else { return nil }
        let rest = content[4...]
        switch content[3] {
        case UInt8(ascii: "A"): return (String(decoding: rest, as: UTF8.self), correction)
        case UInt8(ascii: "B"):
            let count = ZPLField.number(String(decoding: rest.prefix(4), as: UTF8.self)[...])
            guard rest.count >= 4, count == rest.count - 4 else { return nil }
            return (String(decoding: rest.dropFirst(4), as: UTF8.self), correction)
        default: return nil
        }
    }

    /// `_` and two hexadecimal digits are one byte (`^FH_`).
    private static func unescaped(_ data: [UInt8]) throws(ZPLRefusal) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = 0
        while place < data.count {
            guard data[place] == UInt8(ascii: "_") else {
                bytes.append(data[place])
                place += 1
                continue
            }
            guard place + 2 < data.count,
                let byte = UInt8(
                    String(decoding: data[(place + 1)...(place + 2)], as: UTF8.self), radix: 16)
            else { throw .oddParameters("^FD") }
            bytes.append(byte)
            place += 3
        }
        return bytes
    }
}
