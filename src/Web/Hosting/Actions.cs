using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Access;

namespace Slipway.Web.Hosting;

/// <summary>A form that was sent: what it acts on, its fields, and on whose behalf.</summary>
public sealed record ActionRequest(PageRequest Page, IFormCollection Form, IServiceProvider Services)
{
    public JobPath Job => Page.Job;

    public Caller Caller => Page.Access.Caller;

    public string? this[string name] => Page[name];

    public string Field(string name) => Form[name].ToString().Trim();

    public T Service<T>()
        where T : notnull => Services.GetRequiredService<T>();
}

/// <summary>What came of it.</summary>
/// <param name="Location">Where to go when it was done, relative to the server's root.</param>
/// <param name="Message">What to tell of a success.</param>
public sealed record ActionResult(CommandOutcome Outcome, string Location, string? Message = null)
{
    public static ActionResult Refuse(CommandStatus status, string fault, string location) => new(new CommandOutcome(status, fault), location);
}

internal delegate Task<ActionResult> ActionHandler(ActionRequest request, CancellationToken cancellation);

/// <summary>
/// Forms of the pages, as <c>POST /ui/…</c>. With our script they answer JSON, so that what was typed stays when it is refused; without it, a redirect or an error page.
/// What they act on stands in the query (<c>?job=a/b&amp;number=12</c>), where the access layer can see it.
/// </summary>
internal sealed class Actions(PageEndpoints pages, ILogger<Actions> logger)
{
    /// <summary>Set by our script: the answer is to be JSON.</summary>
    public const string ScriptHeader = "X-Slipway-Action";

    public async Task ServeAsync(HttpContext context, Permission need, ActionHandler handler)
    {
        var access = PageEndpoints.RequireAccess(context);
        var request = PageEndpoints.ReadRequest(context, access);
        if (!access.May(need, request.Job))
        {
            await RefuseAsync(context, access, need);
            return;
        }

        ActionResult result;
        try
        {
            var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
            result = await handler(new ActionRequest(request, form, context.RequestServices), context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault) when (fault is not BadHttpRequestException)
        {
            logger.LogError(fault, "The action {Path} failed ({TraceId}).", context.Request.Path, context.TraceIdentifier);
            result = ActionResult.Refuse(CommandStatus.Conflict, $"The server failed to do this. An administrator finds the reason in its log under {context.TraceIdentifier}.", "./");
        }

        await AnswerAsync(context, access, result);
    }

    private async Task AnswerAsync(HttpContext context, IRequestAccess access, ActionResult result)
    {
        var location = $"{context.Request.PathBase}/{(result.Location == "./" ? "" : result.Location)}";
        if (context.Request.Headers.ContainsKey(ScriptHeader))
        {
            context.Response.StatusCode = ErrorPages.StatusOf(result.Outcome.Status);
            object answer = result.Outcome.Succeeded ? new { location, message = result.Message } : new { fault = result.Outcome.Fault };
            await context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
        }
        else if (result.Outcome.Succeeded)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = location;
        }
        else
        {
            await pages.WritePageAsync(context, access, ErrorPages.Refused(result.Outcome, result.Location));
        }
    }

    private async Task RefuseAsync(HttpContext context, IRequestAccess access, Permission need)
    {
        if (context.Request.Headers.ContainsKey(ScriptHeader))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsJsonAsync(new { fault = $"You may not do this: it asks for the permission '{need}'." }, context.RequestAborted);
            return;
        }

        await pages.RefuseAsync(context, access, need);
    }
}
