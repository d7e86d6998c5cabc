using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Jobs;

/// <summary>Jenkins' checks of a Jenkinsfile without running it, which editors call. The script comes as the form field <c>jenkinsfile</c>.</summary>
internal sealed class LintEndpoints(IScriptChecks checks)
{
    public void Map(ApiRoutes routes)
    {
        routes.Plain("POST", "/pipeline-model-converter/validate", Permission.Read, ValidateAsync);
        routes.Plain("POST", "/pipeline-model-converter/validateJenkinsfile", Permission.Read, ValidateToJsonAsync);
    }

    private async Task ValidateAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } faults)
        {
            return;
        }

        context.Response.ContentType = "text/plain;charset=utf-8";
        await context.Response.WriteAsync(
            faults.Count == 0 ? "Jenkinsfile successfully validated.\n" : $"Errors encountered validating Jenkinsfile:\n{string.Join("\n", faults)}\n",
            context.RequestAborted);
    }

    private async Task ValidateToJsonAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } faults)
        {
            return;
        }

        object data = faults.Count == 0 ? new { result = "success" } : new { result = "failure", errors = faults.Select(f => new { error = f }) };
        await context.Response.WriteAsJsonAsync(new { status = "ok", data }, context.RequestAborted);
    }

    /// <summary>The faults in words; null where the request was wrong and is answered.</summary>
    private async Task<IReadOnlyList<string>?> CheckAsync(HttpContext context)
    {
        if (await RequestBody.ReadValueAsync(context, "jenkinsfile") is not { Length: > 0 } script)
        {
            await Outcomes.InvalidAsync(context, "The form field jenkinsfile is missing. curl: -F 'jenkinsfile=<Jenkinsfile'.");
            return null;
        }

        var check = checks.Check(script);
        return check switch
        {
            { Faults: [_, ..] faults } => [.. faults.Select(Render)],

            // As Jenkins, which checks nothing but Declarative here.
            { IsDeclarative: false } => ["Jenkinsfile content did not contain the 'pipeline' step. Only Declarative pipelines are validated here; 'slipway lint' checks scripted ones too."],
            _ => [],
        };
    }

    private static string Render(ScriptFault fault)
    {
        var text = new StringBuilder($"WorkflowScript: {fault.Line}: {fault.Message} @ line {fault.Line}, column {fault.Column}.\n   {fault.SourceLine}\n   ");
        for (var i = 0; i < fault.Column - 1 && i < fault.SourceLine.Length; i++)
        {
            text.Append(fault.SourceLine[i] == '\t' ? '\t' : ' ');
        }

        return text.Append("^\n").ToString();
    }
}
