// Routes for whoever runs the box: other boxes, and who works here.
extension APIOperation {
    static let operating: [RouteTable.Route: APIOperation] = [
        route("POST", "pairings"): APIOperation(
            summary: "Let one new box come, for 15 minutes", needsSession: true,
            body: "PairingWish", status: "201", answer: "Pairing"),
        route("GET", "pairings/current"): APIOperation(
            summary: "How the pairing stands, and the code that this box shows",
            needsSession: true, answer: "Pairing"),
        route("POST", "pairings/current:approve"): APIOperation(
            summary: "Say which code the other box shows; a wrong one ends the pairing",
            needsSession: true, body: "PairingCode", status: "202", answer: "Pairing"),
        route("POST", "pairings/current:decline"): APIOperation(
            summary: "Admit nobody", needsSession: true, answer: "Pairing"),
        route("POST", "staff:enrol"): APIOperation(
            summary: "Add a person who may sign in", needsSession: true, body: "StaffDraft",
            status: "201", answer: "StaffName"),
        route("POST", "staff:set-pin"): APIOperation(
            summary: "Give a person another PIN; those before end", needsSession: true,
            body: "StaffPIN", status: "204"),
    ]
}
