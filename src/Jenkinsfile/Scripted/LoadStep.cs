using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary><c>load</c>: runs a Groovy file of the workspace and returns its value, often <c>this</c> with the methods it declares.</summary>
internal static class LoadStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "load",
        Summary = "Runs a Groovy file of the workspace and returns what it returns.",
        Parameters = [StepParameter.Text("path").Required()],
        Main = "path",
        NeedsNode = true,
        Run = async call =>
        {
            var path = call.Arguments.RequiredText("path");
            var text = await call.Context.OnNodeAsync<TextRead>(new ReadTextFile(path, null));
            call.Log("[Pipeline] {");
            try
            {
                return await call.Run.Scripts.RunAsync(path, text.Text, call.Context);
            }
            finally
            {
                call.Log("[Pipeline] }\n[Pipeline] // load");
            }
        },
    };
}
