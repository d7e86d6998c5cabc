using System.Text;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>Writes <c>docs/compatibility/steps.md</c> from the step table.</summary>
internal static class StepDocument
{
    public static string Render()
    {
        var text = new StringBuilder();
        text.Append("# Steps\n\n");
        text.Append("Generated from the step table (`src/Jenkinsfile/Steps/StepCatalog.cs`); a test keeps it up to date.\n");
        text.Append("The first parameter in **bold** takes an unnamed argument; *required* ones are marked. A parameter that is not listed is refused by name.\n");
        var supported = StepCatalog.All.Where(s => s.Refused is null).OrderBy(s => s.Name, StringComparer.Ordinal).ToList();
        foreach (var step in supported)
        {
            Append(text, step);
        }

        text.Append("\n## Not there yet\n\nCalling one fails with this reason.\n\n| Step | Reason |\n|---|---|\n");
        foreach (var step in StepCatalog.All.Where(s => s.Refused is not null).OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            text.Append($"| `{step.Name}` | {step.Refused} |\n");
        }

        text.Append("\n## Symbols\n\nWhat steps and options take as arguments: `buildDiscarder(logRotator(numToKeepStr: '5'))`, also in the form `[$class: 'LogRotator', …]`.\n\n");
        text.Append("| Symbol | Classes | Parameters |\n|---|---|---|\n");
        foreach (var symbol in SymbolCatalog.All.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            var parameters = symbol.Refused is { } reason ? $"refused: {reason}" : string.Join(", ", symbol.Parameters.Select(p => $"`{p.Name}`{Note(p)}"));
            text.Append($"| `{symbol.Name}` | {string.Join(", ", symbol.Classes.Select(c => $"`{c}`"))} | {parameters} |\n");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, StepDefinition step)
    {
        text.Append($"\n## `{step.Name}`\n\n{step.Summary}");
        text.Append(step.Block switch
        {
            StepBlock.Required => " Takes a block.",
            StepBlock.Optional => " Takes a block, or none.",
            _ => "",
        });
        text.Append(step.NeedsNode ? " Needs a node.\n" : "\n");
        if (step.Differences is not null)
        {
            text.Append($"Differs from Jenkins: {step.Differences}\n");
        }

        if (step.Classes.Count > 0)
        {
            text.Append($"Also as {string.Join(", ", step.Classes.Select(c => $"`$class: '{c}'`"))}.\n");
        }

        if (step.Parameters.Count == 0)
        {
            return;
        }

        text.Append("\n| Parameter | Kind | Default | |\n|---|---|---|---|\n");
        foreach (var parameter in step.Parameters)
        {
            var name = parameter.Name == step.Main ? $"**`{parameter.Name}`**" : $"`{parameter.Name}`";
            var kind = parameter.Choices.Count > 0 ? string.Join(", ", parameter.Choices.Select(c => $"`{c}`")) : parameter.Kind.ToString().ToLowerInvariant();
            var fallback = parameter.Default switch
            {
                null => "",
                bool flag => flag ? "`true`" : "`false`",
                string { Length: 0 } => "empty",
                var value => $"`{value}`",
            };
            text.Append($"| {name} | {kind} | {fallback} | {(parameter.IsRequired ? "required" : "")}{Note(parameter)} |\n");
        }
    }

    private static string Note(StepParameter parameter) => parameter switch
    {
        { Refused: { } reason } => $" refused: {reason}",
        { WithoutEffect: { } reason } => $" without effect: {reason}",
        _ => "",
    };
}
