using System.Runtime.ExceptionServices;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>The function <c>pipeline</c> of one run.</summary>
internal sealed class DeclarativeFunction(LoweredScript script)
{
    private bool _ran;

    /// <param name="number">Which pipeline of the script; see <see cref="LoweredScript"/>.</param>
    /// <param name="pieces">Its code, in the order of the call.</param>
    public Task<object?> InvokeAsync(StepContext context, int number, IReadOnlyList<StepBody> pieces)
    {
        if (_ran)
        {
            throw Failures.IllegalState("Only one pipeline { ... } block can be executed in a single run.");
        }

        _ran = true;
        var pipeline = script.Pipelines[number];
        return new DeclarativeRun(pipeline.Model, new PipelineCode(pipeline, pieces)).RunAsync(context);
    }
}

/// <summary>
/// Carries a Declarative pipeline out with the same steps that a scripted one calls. From the outside in: what it says of its job, its agent with the checkout, its environment, its
/// options, its stages, its post actions.
/// </summary>
internal sealed class DeclarativeRun
{
    private readonly DeclarativePipeline _pipeline;
    private readonly PipelineCode _code;
    private readonly OptionWrappers _options;
    private readonly StageRun _stages;
    private readonly PostActions _post;
    private readonly AgentBlock _agents;
    private readonly EnvironmentBlock _environment;

    public DeclarativeRun(DeclarativePipeline pipeline, PipelineCode code)
    {
        _pipeline = pipeline;
        _code = code;
        _options = new OptionWrappers(code);
        _post = new PostActions(code);
        _agents = new AgentBlock(pipeline.Options, code);
        _environment = new EnvironmentBlock(code);
        _stages = new StageRun(pipeline, code, _agents, _environment, _options, _post);
    }

    public async Task<object?> RunAsync(StepContext context)
    {
        await DeclareJobPropertiesAsync(context);
        context.Run.Steps.ParallelsAlwaysFailFast = _pipeline.Options.Find("parallelsAlwaysFailFast") is not null;
        await _agents.RunAsync(context, _pipeline.Agent, (inAgent, checkoutFailure) =>
            _environment.RunAsync(inAgent, _pipeline.Environment, inEnvironment =>
                _options.RunAsync(inEnvironment, _pipeline.Options, inOptions => RunStagesAsync(inOptions, checkoutFailure))));
        return null;
    }

    private async Task RunStagesAsync(StepContext context, GroovyException? checkoutFailure)
    {
        var failure = await _stages.RunSequenceAsync(context, _pipeline.Stages, checkoutFailure, skip: null);
        failure = await _post.RunForPipelineAsync(context, _pipeline.Post, failure);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>What the pipeline says of its job holds from the next run on; parameters that this run was not given have their defaults already.</summary>
    private async Task DeclareJobPropertiesAsync(StepContext context)
    {
        var properties = new List<object?>();
        if (_pipeline.Parameters.Count > 0)
        {
            properties.Add(await _code.RunAsync(context, _pipeline.Parameters));
        }

        foreach (var option in _pipeline.Options.Items.Where(CodePieces.IsJobProperty))
        {
            properties.Add(await _code.RunAsync(context, option));
        }

        if (properties.Count > 0)
        {
            PropertiesStep.Declare(context, properties);
        }
    }
}
