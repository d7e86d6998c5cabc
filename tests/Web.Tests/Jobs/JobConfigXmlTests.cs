using System.Xml.Linq;
using Slipway.Web.Jobs;

namespace Slipway.Web.Tests.Jobs;

public sealed class JobConfigXmlTests
{
    private const string Scm = """
        <?xml version='1.1' encoding='UTF-8'?>
        <flow-definition plugin="workflow-job@1">
          <description>Old</description>
          <properties><unknown.Property><a>1</a></unknown.Property></properties>
          <definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition">
            <scm class="hudson.plugins.git.GitSCM"><configVersion>2</configVersion>
              <userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>https://a/b.git</url><credentialsId>bot</credentialsId></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
              <branches><hudson.plugins.git.BranchSpec><name>*/main</name></hudson.plugins.git.BranchSpec></branches>
              <extensions><hudson.plugins.git.extensions.impl.CloneOption/></extensions>
            </scm>
            <scriptPath>ci/Jenkinsfile</scriptPath>
            <lightweight>false</lightweight>
          </definition>
          <disabled>true</disabled>
        </flow-definition>
        """;

    [Fact]
    public void Read_takes_every_field_that_the_form_shows()
    {
        Assert.Equal(
            new JobConfigForm(false, "Old", ScriptSource.Scm, "", "https://a/b.git", "*/main", "ci/Jenkinsfile", "bot", true),
            JobConfigXml.Read(Scm));
    }

    [Fact]
    public void Write_changes_its_fields_and_keeps_everything_else()
    {
        var form = JobConfigXml.Read(Scm)! with { Description = "New & better", Url = "https://c/d.git", IsDisabled = false };
        var root = XDocument.Parse(JobConfigXml.Write(form, Scm)).Root!;
        Assert.Equal("New & better", root.Element("description")!.Value);
        Assert.Equal("https://c/d.git", root.Descendants("url").Single().Value);
        Assert.Equal("false", root.Element("disabled")!.Value);
        Assert.Equal("bot", root.Descendants("credentialsId").Single().Value);
        Assert.Single(root.Descendants("unknown.Property"));
        Assert.Single(root.Descendants("hudson.plugins.git.extensions.impl.CloneOption"));
        Assert.Equal("false", root.Descendants("lightweight").Single().Value);
    }

    [Fact]
    public void A_new_job_reads_back_as_it_was_written()
    {
        var form = JobConfigForm.Empty with { Source = ScriptSource.Inline, Script = "node {\r\n  sh 'a < b && c'\r\n}", Description = "d" };
        var read = JobConfigXml.Read(JobConfigXml.Write(form, null))!;
        Assert.Equal("node {\n  sh 'a < b && c'\n}", read.Script);
        Assert.Equal(ScriptSource.Inline, read.Source);
    }

    [Theory]
    [InlineData("main", "*/main")]
    [InlineData("", "*/main")]
    [InlineData("feature/x", "feature/x")]
    [InlineData("refs/tags/v1", "refs/tags/v1")]
    public void A_branch_is_written_as_Jenkins_writes_it(string typed, string written)
    {
        var xml = JobConfigXml.Write(JobConfigForm.Empty with { Url = "u", Ref = typed }, null);
        Assert.Equal(written, JobConfigXml.Read(xml)!.Ref);
    }

    [Fact]
    public void Changing_the_source_replaces_the_definition()
    {
        var xml = JobConfigXml.Write(JobConfigXml.Read(Scm)! with { Source = ScriptSource.Inline, Script = "echo 1" }, Scm);
        Assert.DoesNotContain("GitSCM", xml, StringComparison.Ordinal);
        Assert.Equal("echo 1", JobConfigXml.Read(xml)!.Script);
    }

    [Theory]
    [InlineData("<project/>")]
    [InlineData("not xml")]
    [InlineData("<flow-definition><definition class=\"something.Else\"/></flow-definition>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><flow-definition/>")]
    public void What_the_form_cannot_show_is_left_to_the_text(string xml) => Assert.Null(JobConfigXml.Read(xml));

    [Fact]
    public void A_folder_has_no_definition()
    {
        var xml = JobConfigXml.Write(JobConfigForm.Empty with { IsFolder = true, Description = "f" }, null);
        Assert.DoesNotContain("definition", xml, StringComparison.Ordinal);
        Assert.True(JobConfigXml.Read(xml)!.IsFolder);
    }
}
