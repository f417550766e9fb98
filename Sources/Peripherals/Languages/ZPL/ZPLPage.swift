/// A page in dots: where each element of a document goes.
struct ZPLPage {
    let acrossDots: Int
    let alongDots: Int
    private let feed: TagDocument.Feed
    let printer: ZPL.Printer
    let raster: (any TextRaster)?

    struct Placed {
        var commands: [ZPLCommand]
        var findings: [ZPL.Finding.Kind] = []
    }

    /// A box in dots, as a person reads the page.
    struct Box {
        let x: Int
        let y: Int
        let width: Int
        let height: Int
    }

    init(
        _ document: TagDocument, _ printer: ZPL.Printer, _ raster: (any TextRaster)? = nil
    ) throws(ZPL.Problem) {
        guard let width = Self.dots(document.width, printer),
            let height = Self.dots(document.height, printer), width > 0, height > 0
        else { throw .emptyPage }
        switch document.feed {
        case .upright: (acrossDots, alongDots) = (width, height)
        case .sideways: (acrossDots, alongDots) = (height, width)
        }
        feed = document.feed
        self.printer = printer
        self.raster = raster
        guard acrossDots <= printer.headDots else {
            throw .pageTooWide(dots: acrossDots, headDots: printer.headDots)
        }
        guard alongDots <= ZPL.pageDotsMax else { throw .pageTooLong(dots: alongDots) }
    }

    func place(_ element: TagDocument.Element, at index: Int) throws(ZPL.Problem) -> Placed {
        switch element {
        case .text(let line): place(line, in: try box(line.frame, index))
        case .paragraph(let paragraph): place(paragraph, in: try box(paragraph.frame, index))
        case .code(let code): try place(code, in: try box(code.frame, index), at: index)
        case .rule(let rule): place(rule, in: try box(rule.frame, index))
        }
    }

    private func place(_ line: TextLine, in box: Box) -> Placed {
        let setting = ZPLTypesetter.set([line.text], for: printer, raster)
        let typesetter = setting.typesetter
        let least = max(1, min(box.height, Self.dots(line.least, printer) ?? box.height))
        let fitted = Self.fit(
            setting.texts[0], by: typesetter, width: box.width, least...box.height)
        let width = min(box.width, typesetter.width(of: fitted.characters) * fitted.height / 1_000)
        let indent = Self.indent(line.alignment, box.width - width)
        let drop = Int(Double(box.height - fitted.height) * ZPLFont.capitalMiddle)
        // The last letter may stand a dot beyond the sum of the widths.
        let lineBox = Box(
            x: box.x + indent, y: box.y + drop, width: box.width - indent, height: fitted.height)
        var findings: [ZPL.Finding.Kind] = []
        if setting.isReplaced { findings.append(.replaced) }
        if fitted.isCut {
            findings.append(.cut)
        } else if fitted.height < box.height {
            findings.append(.shrunk)
        }
        return Placed(
            commands: typesetter.commands(
                fitted.characters, in: lineBox, on: self, isReversed: line.isReversed),
            findings: findings)
    }

    static func indent(_ alignment: TextLine.Alignment, _ slack: Int) -> Int {
        switch alignment {
        case .leading: 0
        case .centred: max(0, slack / 2)
        case .trailing: max(0, slack)
        }
    }

    private struct Fitted {
        let characters: [Character]
        let height: Int
        let isCut: Bool
    }

    private static func fit(
        _ characters: [Character], by typesetter: ZPLTypesetter, width: Int,
        _ heights: ClosedRange<Int>
    ) -> Fitted {
        let natural = typesetter.width(of: characters)
        let fitting = natural == 0 ? heights.upperBound : width * 1_000 / natural
        if fitting >= heights.lowerBound {
            let height = min(fitting, heights.upperBound)
            return Fitted(characters: characters, height: height, isCut: false)
        }
        let kept = typesetter.cut(
            characters, toThousandths: width * 1_000 / heights.lowerBound)
        return Fitted(characters: kept, height: heights.lowerBound, isCut: true)
    }

    private func place(_ code: QRCode, in box: Box, at index: Int) throws(ZPL.Problem) -> Placed {
        guard let symbol = QRSymbol(code.payload, correction: code.correction) else {
            throw .unusablePayload(element: index)
        }
        let side = min(box.width, box.height)
        let dots = min(ZPL.moduleDotsMax, side / (symbol.modules + 2 * QRSymbol.quietModules))
        guard dots >= ZPL.moduleDotsMin else { throw .codeTooSmall(element: index) }
        let size = symbol.modules * dots
        let x = box.x + (box.width - size) / 2
        let y = box.y + (box.height - size) / 2
        let turned = paper(Box(x: x, y: y, width: size, height: size))
        return Placed(commands: [
            // Firmware draws the symbol about 10 dots below its origin, the specification at it:
            // half of that either way stays within the quiet zone.
            .origin(x: turned.x, y: max(0, turned.y - 5)), .qrCode(dotsPerModule: dots),
            .qrData(code.correction, symbol.mode, Array(code.payload.utf8)), .separator,
        ])
    }

    private func place(_ rule: Rule, in box: Box) -> Placed {
        let turned = paper(box)
        let full = max(1, min(turned.width, turned.height))
        let weight = rule.weight.flatMap { Self.dots($0, printer) } ?? full
        return Placed(commands: [
            .origin(x: turned.x, y: turned.y),
            .box(
                width: max(1, turned.width), height: max(1, turned.height),
                weight: min(full, max(1, weight))),
            .separator,
        ])
    }

    var rotation: ZPLRotation {
        switch feed {
        case .upright: .none
        case .sideways: .quarter
        }
    }

    func origin(_ box: Box) -> ZPLCommand {
        let turned = paper(box)
        return .origin(x: turned.x, y: turned.y)
    }

    /// The same box on the paper: a sideways page is turned clockwise by a quarter.
    private func paper(_ box: Box) -> Box {
        switch feed {
        case .upright: box
        case .sideways:
            Box(
                x: acrossDots - box.y - box.height, y: box.x, width: box.height,
                height: box.width)
        }
    }

    private func box(_ frame: Frame, _ index: Int) throws(ZPL.Problem) -> Box {
        guard let x = Self.dots(frame.x, printer), let y = Self.dots(frame.y, printer),
            let width = Self.dots(frame.width, printer),
            let height = Self.dots(frame.height, printer), x >= 0, y >= 0, width > 0, height > 0
        else { throw .offThePage(element: index) }
        let (pageWidth, pageHeight) =
            switch feed {
            case .upright: (acrossDots, alongDots)
            case .sideways: (alongDots, acrossDots)
            }
        guard x + width <= pageWidth, y + height <= pageHeight else {
            throw .offThePage(element: index)
        }
        return Box(x: x, y: y, width: width, height: height)
    }

    /// Nil for a length that is no number or beyond any paper.
    static func dots(_ length: Millimetres, _ printer: ZPL.Printer) -> Int? {
        guard length.isFinite, abs(length) < 10_000 else { return nil }
        return Int((length * Double(printer.dotsPerMillimetre)).rounded())
    }
}
