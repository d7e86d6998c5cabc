using Slipway.Feeds;
using Slipway.Web.Controls;
using Slipway.Web.Hosting;

namespace Slipway.Web.Access;

/// <summary>What went wrong, on what, and what to do.</summary>
public sealed record ErrorModel(string Heading, string Text, string? Detail = null, string? BackHref = null, string? BackText = null);

internal static class ErrorPages
{
    public static Page NotFound(string path) => Make(
        StatusCodes.Status404NotFound,
        "Not found",
        new ErrorModel(
            "There is nothing here",
            "The job or run may have been deleted or renamed, or the address holds a mistake. If you were sent this link, ask whoever sent it.",
            "/" + Uri.UnescapeDataString(path)));

    public static Page Forbidden(Caller caller, Permission need) => Make(
        StatusCodes.Status403Forbidden,
        "Not allowed",
        new ErrorModel(
            "You may not do this",
            (caller.IsAnonymous ? "You are not logged in" : $"You are logged in as {caller.Name}") + $", and this asks for the permission '{need}'. An administrator can give it to you."));

    public static Page Failed(string traceId) => Make(
        StatusCodes.Status500InternalServerError,
        "Server error",
        new ErrorModel(
            "The server failed to answer",
            "This is a fault of the server, not of your pipeline: no run is harmed by it. Try again; if it stays, give an administrator this id, which is in the server's log.",
            traceId));

    /// <summary>A command was refused: its fault says why, the status says what kind.</summary>
    public static Page Refused(CommandOutcome outcome, string backHref) => Make(
        StatusOf(outcome.Status),
        "Not done",
        new ErrorModel("This could not be done", outcome.Fault ?? "The server gave no reason.", null, backHref, "Back"));

    public static int StatusOf(CommandStatus status) => status switch
    {
        CommandStatus.NotFound => StatusCodes.Status404NotFound,
        CommandStatus.Conflict => StatusCodes.Status409Conflict,
        CommandStatus.Invalid => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status200OK,
    };

    private static Page Make(int status, string title, ErrorModel model) =>
        Page.Of<ErrorView>(title, model) with { Status = status, Section = PageSection.None, Tone = Tone.None };
}
