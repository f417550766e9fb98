internal import FrontDesk
internal import Peripherals

/// Which printer takes a job, and in which design.
struct PrinterChoice {
    /// Nobody guesses between two printers: a wrong one makes paper that a dog wears.
    enum Verdict {
        case slot(PrinterSlot)
        case hold(PrintJob.Hold)
    }

    let slots: [PrinterSlot]
    /// Roles of printers that somebody set up, by id: they may not be plugged in yet.
    var expected: [String: Set<String>] = [:]
    /// Printers that were here and are not any more.
    var absent: Set<String> = []
    /// By id, the printers that were here at the same time as it.
    var companions: [String: Set<String>] = [:]

    /// First those that are set up for the role; else the only one that fits and is set up for
    /// nothing; else the stand-in, while there is no printer at all.
    func slot(for template: LabelTemplate) -> Verdict {
        let devices = slots.filter { !$0.isStandIn }
        let isAwaited = expected.contains { id, roles in
            roles.contains(template.role) && !slots.contains { $0.id == id }
        }
        if devices.isEmpty, !isAwaited {
            return slots.first.map { .slot($0) } ?? .hold(.absent)
        }
        let named = devices.filter { $0.roles?.contains(template.role) ?? false }
        if named.isEmpty, isAwaited { return .hold(.absent) }
        let candidates = named.isEmpty ? devices.filter { $0.roles == nil } : named
        let fitting = candidates.filter { $0.takes(template) }
        switch fitting.count {
        case 0: return .hold(candidates.isEmpty && named.isEmpty ? .absent : .unfit)
        case 1: return .slot(fitting[0])
        default:
            return named.isEmpty ? successor(among: fitting) : .hold(.undecided)
        }
    }

    /// The only one that is here, where it stands in the place of all others: they are gone, are
    /// built alike, and were never here together with it. Of two that were here at once each may
    /// have other labels in it, also while the cable of one is out.
    private func successor(among fitting: [PrinterSlot]) -> Verdict {
        let present = fitting.filter { !absent.contains($0.id) }
        guard let only = present.first else { return .hold(.absent) }
        let isSuccessor = fitting.allSatisfy { other in
            other.id == only.id
                || absent.contains(other.id) && other.printer == only.printer
                    && !companions[only.id, default: []].contains(other.id)
        }
        return isSuccessor ? .slot(only) : .hold(.undecided)
    }
}

extension PrinterSlot {
    func takes(_ template: LabelTemplate) -> Bool {
        let dots = template.acrossMillimetres * Double(printer.dotsPerMillimetre)
        return dots.rounded() <= Double(printer.headDots)
    }

    /// The design of the same family that has the size of the labels in the printer; the one that
    /// was asked for where there is none.
    func design(of template: LabelTemplate, among all: [LabelTemplate]) -> LabelTemplate {
        guard let paper else { return template }
        func fits(_ other: LabelTemplate) -> Bool {
            abs(other.acrossMillimetres - paper.widthMillimetres) <= Self.slackMillimetres
                && abs(other.alongMillimetres - paper.lengthMillimetres)
                    <= Self.slackMillimetres
        }
        if fits(template) { return template }
        let family = all.filter {
            $0.role == template.role && $0.name.hasPrefix(template.name + "-")
        }
        return family.filter { fits($0) && takes($0) }.max { $0.version < $1.version } ?? template
    }

    /// Inches and millimetres of one size of label differ by about this much.
    private static let slackMillimetres = 3.0
}

extension LabelTemplate {
    fileprivate var acrossMillimetres: Double { feed == .upright ? width : height }
    fileprivate var alongMillimetres: Double { feed == .upright ? height : width }
}
