using Slipway.Controller.Jobs;
using Slipway.Model;

namespace Slipway.Controller.Tests.Jobs;

public class JobConfigReaderTests
{
    [Fact]
    public void A_pipeline_with_its_script_in_the_job_is_read()
    {
        var config = JobConfigReader.Read("""
            <?xml version='1.1' encoding='UTF-8'?>
            <flow-definition plugin="workflow-job@2.40">
              <description>Builds &amp; tests</description>
              <keepDependencies>false</keepDependencies>
              <properties>
                <hudson.model.ParametersDefinitionProperty>
                  <parameterDefinitions>
                    <hudson.model.StringParameterDefinition><name>WHO</name><description>whom</description><defaultValue>world</defaultValue><trim>true</trim></hudson.model.StringParameterDefinition>
                    <hudson.model.BooleanParameterDefinition><name>LOUD</name><defaultValue>true</defaultValue></hudson.model.BooleanParameterDefinition>
                    <hudson.model.ChoiceParameterDefinition><name>KIND</name><choices class="java.util.Arrays$ArrayList"><a class="string-array"><string>a</string><string>b</string></a></choices></hudson.model.ChoiceParameterDefinition>
                  </parameterDefinitions>
                </hudson.model.ParametersDefinitionProperty>
                <org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty><abortPrevious>true</abortPrevious></org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty>
                <jenkins.model.BuildDiscarderProperty><strategy class="hudson.tasks.LogRotator"><daysToKeep>-1</daysToKeep><numToKeep>7</numToKeep><artifactDaysToKeep>-1</artifactDaysToKeep><artifactNumToKeep>-1</artifactNumToKeep></strategy></jenkins.model.BuildDiscarderProperty>
              </properties>
              <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps@2.90"><script>echo 'hi'</script><sandbox>true</sandbox></definition>
              <triggers/>
              <disabled>false</disabled>
            </flow-definition>
            """);

        Assert.Empty(config.Faults);
        var job = config.Definition!;
        Assert.Equal("echo 'hi'", Assert.IsType<InlineScript>(job.Script).Text);
        Assert.Equal("Builds & tests", job.Description);
        Assert.Collection(
            job.Parameters,
            p => Assert.Equal(new StringParameter("WHO", "whom", "world", true), p),
            p => Assert.Equal(new BooleanParameter("LOUD", null, true), p),
            p => Assert.Equal(["a", "b"], Assert.IsType<ChoiceParameter>(p).Choices));
        Assert.True(job.DisallowsConcurrentRuns);
        Assert.True(job.AbortsPrevious);
        Assert.Equal(new BuildRetention(null, 7, null, null), job.Retention);
        Assert.True(job.IsEnabled);
    }

    [Fact]
    public void A_pipeline_with_its_script_in_git_is_read()
    {
        var config = JobConfigReader.Read(Scm("<url>https://git.example/app.git</url>", "<scriptPath>ci/Jenkinsfile</scriptPath>"));

        Assert.Empty(config.Faults);
        var scm = Assert.IsType<ScmScript>(config.Definition!.Script);
        Assert.Equal("https://git.example/app.git", scm.Url);
        Assert.Equal(["*/main"], scm.Refs);
        Assert.Equal("ci/Jenkinsfile", scm.Path);
    }

    [Fact]
    public void A_folder_is_read()
    {
        var config = JobConfigReader.Read("<com.cloudbees.hudson.plugins.folder.Folder plugin='cloudbees-folder'><description>d</description><folderViews/></com.cloudbees.hudson.plugins.folder.Folder>");

        Assert.Equal(ItemKind.Folder, config.Definition!.Kind);
    }

    [Fact]
    public void Every_fault_is_told_with_its_place()
    {
        var config = JobConfigReader.Read("""
            <flow-definition>
              <triggers><hudson.triggers.TimerTrigger/></triggers>
              <surprise/>
              <definition class="org.example.Other"/>
            </flow-definition>
            """);

        Assert.Null(config.Definition);
        Assert.Collection(
            config.Faults,
            f => { Assert.Equal(2, f.Line); Assert.Contains("hudson.triggers.TimerTrigger", f.Message, StringComparison.Ordinal); },
            f => { Assert.Equal(3, f.Line); Assert.Contains("<surprise>", f.Message, StringComparison.Ordinal); },
            f => { Assert.Equal(4, f.Line); Assert.Contains("org.example.Other", f.Message, StringComparison.Ordinal); });
    }

    [Fact]
    public void What_is_nested_too_deep_is_refused_before_it_costs_time()
    {
        var deep = "<flow-definition>" + string.Concat(Enumerable.Repeat("<a>", 1_000_000)) + string.Concat(Enumerable.Repeat("</a>", 1_000_000)) + "</flow-definition>";

        var fault = Assert.Single(JobConfigReader.Read(deep).Faults);

        Assert.Contains("nested more than 500 deep", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, fault.Line);
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><flow-definition/>")]
    [InlineData("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><flow-definition><description>&x;</description></flow-definition>")]
    public void Entities_are_refused(string xml)
    {
        var fault = Assert.Single(JobConfigReader.Read(xml).Faults);

        Assert.Contains("<!DOCTYPE", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_xml_is_refused_with_its_place()
    {
        var fault = Assert.Single(JobConfigReader.Read("<flow-definition>\n  <description>x</flow-definition>").Faults);

        Assert.Equal(2, fault.Line);
    }

    [Fact]
    public void A_kind_of_job_that_is_not_known_is_named()
    {
        Assert.Contains("<maven2-moduleset>", Assert.Single(JobConfigReader.Read("<maven2-moduleset/>").Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_path_that_leaves_the_repository_is_refused()
    {
        Assert.Contains("..", Assert.Single(JobConfigReader.Read(Scm("<url>u</url>", "<scriptPath>../x</scriptPath>")).Faults).Message, StringComparison.Ordinal);
    }

    private static string Scm(string remote, string path) => $"""
        <flow-definition>
          <definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition">
            <scm class="hudson.plugins.git.GitSCM">
              <configVersion>2</configVersion>
              <userRemoteConfigs><hudson.plugins.git.UserRemoteConfig>{remote}</hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
              <branches><hudson.plugins.git.BranchSpec><name>*/main</name></hudson.plugins.git.BranchSpec></branches>
              <extensions/>
            </scm>
            {path}
            <lightweight>true</lightweight>
          </definition>
        </flow-definition>
        """;
}
