internal import EdgeNode
internal import Peripherals

// Printers, scanners and what is printed.
extension APIOperation {
    static let ofDevices: [RouteTable.Route: APIOperation] = [
        route("GET", "devices"): APIOperation(
            summary: "Printers and scanners of this box, and how they stand", needsSession: true,
            answer: "Anything"),
        route("GET", "devices/{id}"): APIOperation(
            summary: "One printer or scanner", needsSession: true, answer: "Anything", id: "Name"),
        route("GET", "devices/{id}/picture"): APIOperation(
            summary: "What a virtual printer printed last", needsSession: true, answer: "Bytes",
            contentType: "image/png", id: "Name"),
        route("POST", "devices/{id}"): APIOperation(
            summary: "Ask a device for something: its id, a colon and a word (`usb-1:retry`)",
            needsSession: true, parameters: [.keyForPaper], answer: "Anything", id: "Name"),
        route("GET", "print-jobs"): APIOperation(
            summary: "Print jobs; `state` narrows to this box's that stand so", needsSession: true,
            parameters: [.jobState, .limit(PrintJobsController.limitMax), .cursor],
            answer: "Anything"),
        route("POST", "print-jobs"): APIOperation(
            summary: "Refused: commands make print jobs", needsSession: true, answer: "Anything"),
        route("POST", "stays:print-labels"): APIOperation(
            summary: "Print the labels of an animal in house once more, marked as copies",
            needsSession: true, parameters: [.key], body: "LabelsWish", status: "201",
            answer: "LabelsMade"),
        route("GET", "print-jobs/{id}"): APIOperation(
            summary: "One print job, how far it is, and what its label could not show",
            needsSession: true, answer: "Anything"),
        route("GET", "print-jobs/{id}/picture"): APIOperation(
            summary: "The label's dots, as drawn from what the printer gets", needsSession: true,
            answer: "Bytes", contentType: "image/png"),
        route("POST", "print-jobs/{id}"): APIOperation(
            summary: "Retry, cancel or confirm a job: its id, a colon and the word",
            needsSession: true, parameters: [.key], answer: "Anything", id: "Name"),
    ]
}

extension APIOperation.Parameter {
    fileprivate static var jobState: Self {
        let words = ["open"] + PrintService.openStates.map(\.rawValue).sorted()
        return Self(
            name: "state", place: "query",
            schema: #"{"type":"string","enum":["\#(words.joined(separator: #"",""#))"]}"#,
            says: "`open` is each of the others; jobs that are over are in `print-job-events`. "
                + "Without it the list is that of any collection, with its filters and `count`")
    }
}
