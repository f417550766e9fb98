extension ZPLPage {
    /// Characters of a paragraph that are looked at; far more than any card has room for.
    private static let charactersMax = 4_096
    /// Lines of a paragraph, so that its bytes are bounded on any paper.
    private static let linesMax = 64

    func place(_ paragraph: Paragraph, in box: Box) -> Placed {
        let source = paragraph.text.prefix(Self.charactersMax)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let setting = ZPLTypesetter.set(source.map(String.init), for: printer, raster)
        let wish = max(1, min(box.height, Self.dots(paragraph.lineHeight, printer) ?? box.height))
        let least = max(1, min(wish, Self.dots(paragraph.least, printer) ?? wish))
        var set = Self.set(setting.texts, by: setting.typesetter, in: box, least...wish)
        if paragraph.alignment == .centred, !set.isCut {
            set = Self.balanced(set, setting.texts, by: setting.typesetter, in: box)
        }
        var findings: [ZPL.Finding.Kind] = []
        let isLeftOut = paragraph.text.count > Self.charactersMax
        if setting.isReplaced { findings.append(.replaced) }
        if set.isCut || isLeftOut {
            findings.append(.cut)
        } else if set.height < wish {
            findings.append(.shrunk)
        }
        let top = paragraph.alignment == .centred ? Self.slack(above: set, in: box) : 0
        let commands = set.lines.enumerated().flatMap { index, line -> [ZPLCommand] in
            guard !line.isEmpty else { return [] }
            let width = setting.typesetter.width(of: line) * set.height / 1_000
            let indent = Self.indent(paragraph.alignment, box.width - width)
            let lineBox = Box(
                x: box.x + indent, y: box.y + top + index * Self.pitch(set.height),
                width: box.width - indent, height: set.height)
            return setting.typesetter.commands(
                line, in: lineBox, on: self, isReversed: paragraph.isReversed)
        }
        return Placed(commands: commands, findings: findings)
    }

    /// What lies above the first line of a text that stands in the middle. The eye takes the foot
    /// of the last line's capitals for its end; the descenders still stay within the frame.
    private static func slack(above set: SetLines, in box: Box) -> Int {
        let last = max(0, set.lines.count - 1) * pitch(set.height)
        let seen = last + set.height * 3 / 4
        return max(0, min((box.height - seen) / 2, box.height - last - set.height))
    }

    /// As many lines, of lengths as equal as can be: no last word stands alone.
    private static func balanced(
        _ set: SetLines, _ source: [[Character]], by typesetter: ZPLTypesetter, in box: Box
    ) -> SetLines {
        let full = box.width * 1_000 / set.height
        var (low, high) = (0, full)
        while low < high {
            let middle = (low + high) / 2
            let lines = wrap(source, by: typesetter, toThousandths: middle)
            if lines.count > set.lines.count { low = middle + 1 } else { high = middle }
        }
        return SetLines(
            lines: wrap(source, by: typesetter, toThousandths: high), height: set.height,
            isCut: false)
    }

    private struct SetLines {
        let lines: [[Character]]
        let height: Int
        let isCut: Bool
    }

    /// From one line's top to the next one's.
    private static func pitch(_ height: Int) -> Int { height + max(1, height / 6) }

    private static func set(
        _ source: [[Character]], by typesetter: ZPLTypesetter, in box: Box,
        _ heights: ClosedRange<Int>
    ) -> SetLines {
        func room(_ height: Int) -> Int {
            min(linesMax, 1 + max(0, box.height - height) / pitch(height))
        }
        for height in heights.reversed() {
            let lines = wrap(source, by: typesetter, toThousandths: box.width * 1_000 / height)
            if lines.count <= room(height) {
                return SetLines(lines: lines, height: height, isCut: false)
            }
        }
        let height = heights.lowerBound
        let width = box.width * 1_000 / height
        var lines = Array(
            wrap(source, by: typesetter, toThousandths: width).prefix(room(height)))
        let last = lines.removeLast()
        lines.append(typesetter.cut(last, toThousandths: width))
        return SetLines(lines: lines, height: height, isCut: true)
    }

    private static func wrap(
        _ source: [[Character]], by typesetter: ZPLTypesetter, toThousandths width: Int
    ) -> [[Character]] {
        source.flatMap { characters -> [[Character]] in
            var lines: [[Character]] = []
            var line: [Character] = []
            var room = width
            for word in characters.split(separator: " ") {
                let wordWidth = typesetter.width(of: word)
                let gap = line.isEmpty ? 0 : typesetter.width(of: " ")
                if gap + wordWidth <= room {
                    line += (line.isEmpty ? [] : [" "]) + word
                    room -= gap + wordWidth
                    continue
                }
                if !line.isEmpty { lines.append(line) }
                (line, room) = ([], width)
                for character in word {
                    let characterWidth = typesetter.width(of: character)
                    if characterWidth > room, !line.isEmpty {
                        lines.append(line)
                        (line, room) = ([], width)
                    }
                    line.append(character)
                    room -= characterWidth
                }
            }
            return lines + [line]
        }
    }
}
