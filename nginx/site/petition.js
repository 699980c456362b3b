// Made by deploy/dev/bundle of assets/petition.js and what it imports. Change those.
const m_api=(()=>{
const PATIENCE_MS=30000;
async function ask(path,options={}){
try{
const signal=AbortSignal.timeout?.(PATIENCE_MS);
const response=await fetch(`${options.base ?? ""}/api/v1${path}`,{credentials:"omit",signal,...options});
const read=response.json();
const body=response.ok?await read:await read.catch(()=>null);
return{status:response.status,ok:response.ok,body,headers:response.headers};
}catch{
return{status:0,ok:false,body:null,headers:new Headers()};
}
}
function post(path,value,options={}){
return ask(path,{
method:"POST",
headers:{"Content-Type":"application/json"},
body:JSON.stringify(value),
...options,
});
}
function retryAfter(answer){
const seconds=Number.parseInt(answer.headers.get("Retry-After")??"",10);
return Number.isFinite(seconds)&&seconds>0?Math.min(seconds,3600):5;
}
return{ask,post,retryAfter};
})();
const m_i18n=(()=>{
const FALLBACK="en";
const RIGHT_TO_LEFT=["ar","ckb","dv","fa","he","ps","sd","ug","ur","yi"];
const LONGEST_S=30;
const files=new Map();
const base=(language)=>language.toLowerCase().split("-")[0];
function direction(language){
return RIGHT_TO_LEFT.includes(base(language))?"rtl":"ltr";
}
function file(code,folder){
const address=new URL(`../${folder}/${code}.json`,import.meta.url).href;
if(!files.has(address)){
files.set(address,fetch(address)
.then((answer)=>(answer.status===404?null:answer.ok?answer.json():undefined))
.catch(()=>undefined)
.then((texts)=>{
if(texts===undefined)files.delete(address);
return texts;
}));
}
return files.get(address);
}
class Texts{
#a;
#b;
#c;
#d=new Map();
constructor(language,texts){
this.language=language;
this.dir=direction(language);
this.#a=texts;
this.#b=new Intl.PluralRules(language);
this.#c=new Intl.NumberFormat(language);
}
has(key){
return Object.hasOwn(this.#a,key);
}
number(value){
return this.#c.format(value);
}
date(value,style={dateStyle:"medium",timeStyle:"short"}){
const key=JSON.stringify(style);
if(!this.#d.has(key))this.#d.set(key,new Intl.DateTimeFormat(this.language,(style)));
return this.#d.get(key).format(new Date(value));
}
say(key,values={}){
return this.#e(key,values).replace(/\{(\w+)\}/g,(all,name)=>this.#f(values,name,all));
}
plain(key,values={}){
return this.#e(key,values).replace(/\{(\w+)\}/g,(all,name)=>(
typeof values[name]==="number"?this.number(values[name]):values[name]??all));
}
parts(key,values={}){
return this.#e(key,values).split(/(\{\w+\})/).filter(Boolean).map((part)=>{
const name=/^\{(\w+)\}$/.exec(part)?.[1];
return values[name]instanceof Node?values[name]:name?this.#f(values,name,part):part;
});
}
#e(key,{n=0}){
const text=this.#a[key];
if(text&&typeof text==="object")return text[this.#b.select(n)]??text.other;
return text??key;
}
#f(values,name,otherwise){
const value=values[name];
if(value===undefined)return otherwise;
return typeof value==="number"?this.number(value):`\u2068${value}\u2069`;
}
}
async function find(languages,folder){
for(const language of[...languages.slice(0,3),FALLBACK]){
if(!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language))continue;
const texts=await file(base(language),folder),rest=texts?.$partial?await file(FALLBACK,folder):{};
if(texts===undefined||rest===undefined)return null;
if(texts)return new Texts(language,{...rest,...texts});
}
return new Texts(FALLBACK,{});
}
async function load(languages,folder="lang"){
for(let wait_s=1;;wait_s=Math.min(2*wait_s,LONGEST_S)){
const texts=await find(languages,folder);
if(texts)return texts;
await new Promise((resolve)=>{setTimeout(resolve,wait_s*1000);});
}
}
function put(root,texts){
for(const element of(root.querySelectorAll("[data-text]"))){
element.textContent=texts.say(element.dataset.text);
}
for(const element of(root.querySelectorAll("[data-label]"))){
element.ariaLabel=texts.say(element.dataset.label);
}
}
return{direction,load,put};
})();
const m_make=(()=>{
function make(name,properties={},...children){
const made=Object.assign(document.createElement(name),properties);
made.append(...children);
return made;
}
return{make};
})();
const m_form=(()=>{
const{direction}=m_i18n;
const{make}=m_make;
const COMMENT_MAX=500;
const kinds={
given_name:{autocomplete:"given-name",autocapitalize:"words",max:100},
family_name:{autocomplete:"family-name",autocapitalize:"words",max:100},
email:{type:"email",dir:"ltr",inputMode:"email",autocomplete:"email",autocapitalize:"off",spellcheck:false,max:254},
country:{tag:"select",autocomplete:"country"},
region:{autocomplete:"address-level1",autocapitalize:"characters",spellcheck:false,max:6,hint:"hint.region"},
postal_code:{autocomplete:"postal-code",autocapitalize:"characters",spellcheck:false,max:20},
locality:{autocomplete:"address-level2",autocapitalize:"words",max:100},
comment:{tag:"textarea",autocomplete:"off",max:COMMENT_MAX,hint:"hint.comment"},
};
const order=Object.keys(kinds);
const codes=("ADEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNORUVWXYZ DEJKMOZ ECEGHRST FIJKMOR " +
"GABDEFGHILMNPQRSTUWY HKMNRTU IDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ " +
"NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ TCDFGHJKLMNORTVWZ UAGMSYZ VACEGINU " +
"WFS YET ZAMW")
.split(" ").flatMap(([first,...seconds])=>seconds.map((second)=>first + second));
function countries(language){
const names=new Intl.DisplayNames([language],{type:"region"}),{compare}=new Intl.Collator(language);
return codes.map((code)=>({code,name:names.of(code)??code})).sort((a,b)=>compare(a.name,b.name));
}
class Form{
#g;
#a;
#h;
#i;
#j;
#k;
#l=()=>{};
constructor(form,{texts,keep=null,titled=false,prefix="",level=3}){
this.#g=form;
this.#a=texts;
this.#h=keep;
this.#i=titled?document.title:null;
this.#j=prefix;
this.#k=level;
form.noValidate=true;
if(keep)form.addEventListener("input",()=>this.store());
for(const event of["focusin","pointerdown"])form.addEventListener(event,()=>this.#l());
form.addEventListener("change",({target})=>{
if((target).name==="email")this.#m();
});
}
build(fields,{language=this.#a.language,wording=null,hints={},values={},shows=true}={}){
const place=({name})=>(order.includes(name)?order.indexOf(name):order.length);
const made=[...fields].sort((a,b)=>place(a)- place(b)).map((field)=>this.#n(field,language,hints));
if(shows)made.push(this.#o("show_name",this.#a.say("field.show_name")));
this.#p().replaceChildren(...made);
if(wording)this.offer(wording);
this.fill(values);
if(this.#h)this.#q();
}
offer(wording){
if(!wording?.text||this.#r("subscribe"))return;
const{language,text}=wording;
this.#p().append(this.#o("subscribe",make("bdi",{lang:language,dir:direction(language),textContent:text})));
}
values(){
const values={};
for(const input of this.#s()){
if(input.type==="checkbox")values[input.name]=input.checked;
else if(input.value.trim()!==""||input.required)values[input.name]=input.value;
}
if(values.country&&/^\s*[a-z0-9]{1,3}\s*$/i.test(values.region??"")){
values.region=`${values.country}-${values.region.trim().toUpperCase()}`;
}
return values;
}
fill(values){
if(values.country)this.#l();
for(const input of this.#s()){
if(!Object.hasOwn(values,input.name))continue;
if(input.type==="checkbox")input.checked=values[input.name]===true;
else input.value=String(values[input.name]);
}
}
check(){
const errors=[];
for(const input of this.#s()){
const value=input.value.trim();
if(input.required&&value==="")errors.push({pointer:`/${input.name}`,code:"required"});
else if(input.type==="email"&&value!==""&&!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)){
errors.push({pointer:`/${input.name}`,code:"invalid_email"});
}
}
return errors;
}
showErrors(errors){
const list=make("ul");
for(const error of errors){
const input=this.#r(error.pointer?.slice(1));
const text=this.sayError(error);
if(input)this.#t(input,text);
list.append(make("li",{},input?this.#u(input,text):text));
}
this.#v(make(`h${this.#k}`,{textContent:this.#a.say("errors.title",{n:errors.length})}),list);
}
sayError({pointer="",code,detail}){
const name=pointer.slice(1),key=`error.${code}`,label=`field.${name}`;
const ours=this.#a.has(key)?this.#a.say(key):null,readsTheirs=/^en\b/i.test(this.#a.language);
return this.#a.plain("error.line",{
field:this.#a.has(label)?this.#a.say(label):name,
fault:(readsTheirs?detail??ours:ours??detail)??this.#a.say("error.wrong_type"),
});
}
tell(text){
this.#v(make("p",{textContent:text}));
}
clearErrors(){
for(const input of this.#s()){
input.removeAttribute("aria-invalid");
const wrong=this.#w(`wrong-${input.name}`);
if(wrong)wrong.textContent="";
}
this.#g.querySelector(".summary").replaceChildren();
if(this.#i!==null)document.title=this.#i;
}
retitle(){
if(this.#i!==null)this.#i=document.title;
}
focus(name){
this.#r(name)?.focus();
}
forget(){
try{
sessionStorage.removeItem(this.#h);
}catch{
}
}
reset(){
this.forget();
this.clearErrors();
this.#g.reset();
this.#w("suggest-email")?.replaceChildren();
}
#w(id){
return(this.#g.querySelector(`#${CSS.escape(this.#j + id)}`));
}
#p(){
return this.#g.querySelector(".fields, #fields");
}
#s(){
return[...this.#g.querySelectorAll("input, select, textarea")];
}
#r(name){
return this.#s().find((input)=>input.name===name);
}
#x(id){
return this.#j + id;
}
#y(name,required,language){
const{tag="input",max,hint:_hint,...properties}=kinds[name]??{autocomplete:"off"};
const made=make(tag,{...properties,id:this.#x(`field-${name}`),name,required});
if(tag==="input"&&!properties.type)made.type="text";
if(tag==="textarea")made.rows=4;
if(max)made.maxLength=max;
if(tag==="select"){
made.append(new Option(this.#a.say("choose"),""));
this.#l=()=>{
this.#l=()=>{};
made.append(...countries(language).map(({code,name:text})=>new Option(text,code)));
};
(globalThis.requestIdleCallback??setTimeout)(()=>this.#l());
}
return made;
}
#n({name,required},language,hints){
const input=this.#y(name,required,language);
const label=make("label",{htmlFor:input.id,textContent:this.#z(name)});
if(!required)label.append(" ",make("span",{className:"optional",textContent:this.#a.say("optional")}));
const made=make("div",{className:"field"},label);
const below=hints[name]??(kinds[name]?.hint&&this.#a.say(kinds[name].hint,{n:COMMENT_MAX}));
if(below)made.append(make("p",{id:this.#x(`hint-${name}`),className:"hint",textContent:below}));
made.append(this.#aa(name),input);
if(name==="email")made.append(make("p",{id:this.#x("suggest-email"),className:"suggest",role:"status"}));
input.setAttribute("aria-describedby",(below?`${this.#x(`hint-${name}`)} `:"")+ this.#x(`wrong-${name}`));
return made;
}
#z(name){
return this.#a.has(`field.${name}`)?this.#a.say(`field.${name}`):name;
}
#aa(name){
return make("p",{id:this.#x(`wrong-${name}`),className:"wrong"});
}
#o(name,words){
const box=make("input",{type:"checkbox",id:this.#x(`field-${name}`),name});
box.setAttribute("aria-describedby",this.#x(`wrong-${name}`));
return make("div",{className:"field choice"},this.#aa(name),box,make("label",{htmlFor:box.id},words));
}
#t(input,text){
input.setAttribute("aria-invalid","true");
const wrong=this.#w(`wrong-${input.name}`);
if(wrong)wrong.textContent=text;
}
#u(input,text){
const link=make("a",{href:`#${input.id}`,textContent:text});
link.addEventListener("click",(event)=>{
event.preventDefault();
input.closest(".field")?.scrollIntoView({block:"nearest"});
input.focus();
});
return link;
}
#v(...nodes){
const summary=(this.#g.querySelector(".summary"));
summary.replaceChildren(...nodes);
if(this.#i!==null)document.title=this.#a.plain("title.error",{title:this.#i});
summary.focus();
}
#m(){
const input=this.#r("email"),line=this.#w("suggest-email");
line?.replaceChildren();
if(line)import("./assets/mailhosts.js").then(({offer})=>offer(input,{line,texts:this.#a,taken:()=>this.store()}),()=>{});
}
store(){
if(!this.#h)return;
const typed=Object.fromEntries(this.#s().filter(({type})=>type!=="checkbox").map(({name,value})=>[name,value]));
try{
sessionStorage.setItem(this.#h,JSON.stringify(typed));
}catch{
}
}
#q(){
try{
this.fill(JSON.parse(sessionStorage.getItem(this.#h))??{});
}catch{
}
}
}
return{Form};
})();
const m_number=(()=>{
const STALE_S=30;
const SPEAK_MS=20000;
const STEP_MS=50;
const mantissas=[1,2,5];
function nextStep(n){
for(let power=100;;power*=10){
for(const mantissa of mantissas){
if(mantissa*power>n)return mantissa*power;
}
}
}
function nextGoal(count,goal=null,goals=[]){
const next=goals.filter((one)=>one>count).sort((a,b)=>a - b)[0];
if(next)return next;
const step=nextStep(count);
return goal>count?Math.min(goal,step):step;
}
class Rolling{
#ab;
#ac;
#ad=null;
#ae=null;
constructor(show,still=()=>matchMedia("(prefers-reduced-motion: reduce)").matches,shown=null){
this.#ab=show;
this.#ac=still;
this.#ad=shown;
}
get shown(){
return this.#ad;
}
to(target,seconds){
clearInterval(this.#ae);
const from=this.#ad;
if(from===null||target<=from||this.#ac()){
this.#af(target);
return;
}
const pause_ms=Math.max(STEP_MS,(seconds*1000)/(target - from));
const steps=Math.max(1,Math.floor((seconds*1000)/ pause_ms));
let step=0;
const move=()=>{
step +=1;
this.#af(Math.round(from +((target - from)*step)/ steps));
if(step>=steps)clearInterval(this.#ae);
};
move();
if(step<steps)this.#ae=setInterval(move,pause_ms);
}
stop(){
clearInterval(this.#ae);
}
#af(n){
this.#ad=n;
this.#ab(n);
}
}
class Announcer{
#ag;
#ae=null;
#ah=null;
constructor(element){
this.#ag=element;
}
say(text){
if(this.#ae){
this.#ah=text;
return;
}
this.#ag.textContent=text;
this.#ae=setTimeout(()=>{
this.#ae=null;
const next=this.#ah;
this.#ah=null;
if(next!==null)this.say(next);
},SPEAK_MS);
}
stop(){
clearTimeout(this.#ae);
this.#ae=this.#ah=null;
}
}
class NumberView{
#ai;
#aj;
#ak;
#al;
#am;
#f=null;
#an=0;
#ao=null;
constructor(parts,{say,language="en",goals=[],minimum=0,falls=false,shown=null}={}){
this.#ai=parts;
this.#aj={say,language,goals,minimum,falls};
this.#ak=new Intl.NumberFormat(language);
this.#al=new Rolling((n)=>this.#ap(n),undefined,shown);
this.#am=parts.live?new Announcer(parts.live):null;
}
show({value,behind_s,trouble}){
if(!value)return;
if(value.count===null){
this.#aq(true,value.state);
return;
}
if(!trouble)this.#an=Math.max(this.#an,performance.now()- behind_s*1000);
const isOld=this.#f&&value.as_of<this.#f.as_of;
if(!isOld)this.#f=value;
const shown=this.#al.shown??0;
const count=this.#aj.falls?this.#f.count:Math.max(shown,this.#f.count);
this.#al.to(count,Math.min(value.poll_after??5,10));
this.#ar();
this.#as(count);
}
stop(){
this.#al.stop();
this.#am?.stop();
}
#at(){
return Number(this.#f?.count_minimum??this.#aj.minimum)||0;
}
#aq(hidden,state){
if(this.#ai.root)this.#ai.root.hidden=hidden;
if(this.#ai.few)this.#ai.few.hidden=!hidden||state!=="open";
}
#ap(n){
const{count,unit,goal,progress}=this.#ai;
const goals=this.#f.goals??this.#aj.goals;
const next=nextGoal(n,this.#f.goal,goals);
this.#aq(n<this.#at(),this.#f.state);
if(count)count.textContent=this.#ak.format(n);
if(unit)unit.textContent=this.#aj.say("number.signed",{n});
const open=this.#f.state==="open";
if(goal){
goal.hidden=!open;
goal.textContent=this.#aj.say("number.goal",{goal:next});
}
if(progress){
progress.hidden=!open;
progress.max=next;
progress.value=n;
}
}
#ar(){
const{note}=this.#ai;
if(!note)return;
const{say,language}=this.#aj;
const late=performance.now()- this.#an>STALE_S*1000;
let text="";
if(this.#f.state!=="open")text=say("number.closed");
else if(!this.#f.exact||late)text=say("number.stale",{time:sayTime(this.#f.as_of,language)});
if(note.textContent!==text)note.textContent=text;
note.hidden=text==="";
}
#as(count){
if(!this.#am||this.#ao===count||count<this.#at())return;
if(this.#ao!==null)this.#am.say(this.#aj.say("number.said",{n:count}));
this.#ao=count;
}
}
function sayTime(at,language){
const time=new Date(at);
const today=time.toDateString()===new Date().toDateString();
return time.toLocaleString(language,today?{timeStyle:"short"}:{dateStyle:"medium",timeStyle:"short"});
}
return{NumberView};
})();
const m_poller=(()=>{
const LONGEST_S=60;
const SOON_S=5;
const PATIENCE_MS=15000;
const GREETING_S=0.3;
const browser={
fetch:(url,options)=>fetch(url,options),
now:()=>performance.now(),
random:()=>Math.random(),
after:(ms,run)=>setTimeout(run,ms),
cancel:(timer)=>clearTimeout(timer),
hidden:()=>document.hidden||document.visibilityState==="hidden",
channel:(name)=>(globalThis.BroadcastChannel?new BroadcastChannel(name):null),
locks:()=>navigator.locks??null,
on:(woken,online)=>{
document.addEventListener("visibilitychange",woken);
addEventListener("pagehide",woken);
addEventListener("pageshow",woken);
addEventListener("online",online);
return()=>{
document.removeEventListener("visibilitychange",woken);
removeEventListener("pagehide",woken);
removeEventListener("pageshow",woken);
removeEventListener("online",online);
};
},
};
const isCount=(body)=>body.count===null||Number.isSafeInteger(body.count);
class Poller{
#au;
#av;
#aw;
#ax;
#ay=new Set();
#az=null;
#ba=false;
#bb=null;
#ae=null;
#bc=null;
#bd=null;
#be=null;
#bf=false;
#bg=null;
#bh=-Infinity;
#bi=-Infinity;
#bj=null;
#bk;
#bl;
#ai=false;
#bm=Infinity;
#bn=0;
constructor(url,{env=browser,good=isCount,pace_s=5,address=()=>url}={}){
this.#au=url;
this.#av=address;
this.#aw=env;
this.#ax=good;
this.#bk=this.#bl=pace_s;
}
watch(take){
this.#ay.add(take);
if(this.#bg)take(this.#bg);
this.#az??=this.#aw.on((event)=>this.#bo(event),()=>this.#bp(this.#aw.random()));
this.#bo();
return{
soon:(seconds)=>this.#bp(seconds),
stop:()=>this.#bq(take),
};
}
#bq(take){
this.#ay.delete(take);
if(this.#ay.size>0||!this.#az)return;
this.#az();
this.#az=null;
this.#br();
}
#bo(event){
const wanted=event?.type!=="pagehide"&&!this.#aw.hidden();
if(wanted&&!this.#ba)this.#bs();
else if(!wanted&&this.#ba)this.#br();
}
#bs(){
const name=`countersign:${this.#au}`;
this.#ba=true;
this.#bc=this.#aw.channel(name);
if(this.#bc){
this.#bc.onmessage=(event)=>this.#bt(event.data);
this.#bc.postMessage("?");
}
const locks=this.#bc&&this.#aw.locks();
if(locks)this.#bu(locks,name);
this.#bv(Math.max(this.#bc?GREETING_S:0,this.#bw()));
}
#br(){
this.#ba=this.#bf=false;
this.#aw.cancel(this.#ae);
this.#bb?.abort();
this.#bd?.abort();
this.#be?.();
this.#bc?.close();
this.#bb=this.#bd=this.#be=this.#bc=null;
}
#bu(locks,name){
const wish=new AbortController();
this.#bd=wish;
const lead=()=>new Promise((release)=>{
if(wish.signal.aborted)return release();
this.#be=release;
this.#bf=true;
this.#bv(this.#bw());
});
locks.request(name,{signal:wish.signal},lead).catch(()=>{});
}
#bv(seconds){
this.#aw.cancel(this.#ae);
if(this.#ba)this.#ae=this.#aw.after(seconds*1000,()=>this.#bx());
}
#bp(seconds){
if(this.#ba)this.#bv(seconds);
}
#by(leads=this.#bf){
const spread=this.#bg?.trouble?0.5:0.2;
const pause=this.#bl*(1 +(this.#ai?this.#aw.random():spread*(this.#aw.random()- 0.5)));
return leads?pause:pause*2 + this.#aw.random()*this.#bl;
}
#bz(){
return this.#bg?.value?.poll_after?this.#bk:Math.min(this.#bk,SOON_S);
}
#bw(){
const now=this.#aw.now();
return Math.max(0,this.#by(true)-(now - this.#bh)/ 1000,this.#bz()-(now - this.#bi)/ 1000);
}
async #bx(){
if(this.#bb)return;
const asking=new AbortController();
this.#bb=asking;
this.#bi=this.#aw.now();
const patience=this.#aw.after(PATIENCE_MS,()=>asking.abort());
const answer=await this.#ca(asking.signal);
this.#aw.cancel(patience);
if(this.#bb!==asking)return;
this.#bb=null;
if(!this.#aw.locks())this.#bf=true;
this.#cb(answer);
this.#bc?.postMessage(this.#cc());
this.#bv(this.#by());
}
async #ca(signal){
try{
const address=this.#av(),kept=this.#bj?.address===address?this.#bj:null;
const condition=kept?{cache:"no-store",headers:{"If-None-Match":kept.tag}}:{cache:"no-cache"};
const response=await this.#aw.fetch(address,{credentials:"omit",signal,...(condition)});
const retry_s=Number.parseInt(response.headers.get("Retry-After")??"",10)||0;
const same=kept!==null&&response.status===304;
const body=same?kept.body:response.ok?await response.json():null;
if(!body||!this.#ax(body))return{value:null,retry_s,status:response.status};
const tag=response.type==="basic"&&response.headers.get("ETag");
if(!same)this.#bj=tag?{address,tag,body}:null;
return{value:body,behind_s:this.#cd(response.headers.get("Date"))};
}catch{
return{value:null,retry_s:0,status:0};
}
}
#cd(date){
const now=this.#aw.now();
const apart=now - Date.parse(date??"");
if(Number.isNaN(apart))return 0;
this.#bm=Math.min(apart,this.#bm +(now - this.#bn)/ 1000);
this.#bn=now;
return(apart - this.#bm)/ 1000;
}
#cb({value,behind_s,retry_s,status}){
if(value){
const pace_s=Math.min(Math.max(1,Number(value.poll_after)||this.#bk),3600);
this.#ai=Boolean(this.#bg?.value)&&pace_s!==this.#bk;
this.#bk=this.#bl=pace_s;
this.#ce({value,behind_s,trouble:false,status:200});
}else{
const told_s=this.#bg?.value?.poll_after?this.#bk:0;
const last_s=this.#bg?.trouble?this.#bl:this.#bz();
this.#bl=Math.min(Math.max(LONGEST_S,told_s),Math.max(last_s*2,retry_s));
this.#ce({value:this.#bg?.value??null,behind_s:this.#bg?.behind_s??0,trouble:true,status});
}
}
#ce(news){
this.#bg=news;
this.#bh=this.#aw.now();
for(const take of[...this.#ay])take(news);
}
#cc(){
return{news:this.#bg,pace_s:this.#bk,wait_s:this.#bl};
}
#bt(message){
if(message==="?"){
if(this.#bf&&this.#bg)this.#bc.postMessage(this.#cc());
return;
}
const value=message?.news?.value;
if(!message?.news||!(message.wait_s>0)||!(message.pace_s>0)||(value&&!this.#ax(value)))return;
this.#bk=message.pace_s;
this.#bl=message.wait_s;
if(!this.#be)this.#bf=false;
this.#ce(message.news);
this.#bv(this.#by());
}
}
const pollers=new Map();
function watch(url,take,options){
if(!pollers.has(url))pollers.set(url,new Poller(url,options));
return pollers.get(url).watch(take);
}
return{watch};
})();
const m_sending=(()=>{
const{post,retryAfter}=m_api;
const LONGEST_S=60;
const PASSING={0:"wait.offline",429:"wait.limited",502:"wait.unavailable",503:"wait.unavailable",504:"wait.unavailable"};
class Sending{
#cf;
#a;
#cg;
#ch;
#ci=0;
#cj=null;
constructor({path,texts,place,base=""}){
this.#cf=path;
this.#a=texts;
this.#cg=place;
this.#ch=base;
}
async send(value){
this.#ci=0;
for(;;){
const answer=await post(this.#cf,value,{base:this.#ch});
if(!(answer.status in PASSING))return answer;
this.#ci=answer.status===0?this.#ci + 1:0;
const goesOn=await this.#ck(answer);
this.#cg.replaceChildren();
if(!goesOn)return null;
}
}
stop(){
this.#cj?.();
}
#ck(answer){
const offline=answer.status===0;
const seconds=offline?Math.min(LONGEST_S,5*2**(this.#ci - 1)):retryAfter(answer);
return new Promise((resolve)=>{
const end=performance.now()+ seconds*1000;
const clock=this.#ab(PASSING[answer.status],()=>finish(false));
const tick=()=>{
const left_s=Math.ceil((end - performance.now())/ 1000);
if(left_s<=0)finish(true);
else clock.textContent=this.#cl(left_s,offline&&!navigator.onLine);
};
const online=()=>finish(true);
const finish=(goesOn)=>{
clearInterval(timer);
removeEventListener("online",online);
this.#cj=null;
resolve(goesOn);
};
const timer=setInterval(tick,250);
if(offline)addEventListener("online",online);
this.#cj=()=>finish(false);
tick();
});
}
#cl(seconds,waitsForNetwork){
if(waitsForNetwork)return this.#a.say("wait.online");
return seconds>90?this.#a.say("wait.minutes",{n:Math.ceil(seconds / 60)}):this.#a.say("wait.next",{n:seconds});
}
#ab(reason,stop){
const said=Object.assign(document.createElement("p"),{role:"status"});
const clock=Object.assign(document.createElement("p"),{role:"timer"});
const button=Object.assign(document.createElement("button"),{type:"button",className:"quiet",textContent:this.#a.say("wait.stop")});
button.addEventListener("click",stop);
this.#cg.replaceChildren(said,clock,button);
said.textContent=`${this.#a.say(reason)} ${this.#a.say("wait.kept")}`;
return clock;
}
}
return{Sending};
})();
(()=>{
const{ask,retryAfter}=m_api;
const{Form}=m_form;
const{load:loadTexts,put}=m_i18n;
const{NumberView}=m_number;
const{watch}=m_poller;
const{Sending}=m_sending;
const at=(id)=>(document.getElementById(id));
const main=at("main");
const{slug,language}=main.dataset;
const query=new URLSearchParams(location.search);
const PATIENCE_MS=1000;
const TAKEN=/^[A-Za-z0-9_.-]{1,64}$/;
let pass=/^#([A-Za-z0-9_-]{100,512})$/.exec(location.hash)?.[1]??null;
let petition=null;
let wording=null;
let texts=null;
let form=null;
let sending=null;
let watching=null;
let calls=null;
let busy=false;
let brought=null;
const path=`/petitions/${slug}`;
const inLanguage=`?lang=${encodeURIComponent(language)}`;
function state(text){
at("state").textContent=text;
}
function callLink(){
const link=document.createElement("a");
link.href="#sign-title";
link.className="button";
link.textContent=texts.say("sign.link");
return link;
}
function call(className){
const line=document.createElement("p");
line.className=className;
line.append(callLink());
return line;
}
function addCallInTheMiddle(){
const paragraphs=[...at("letter").children],middle=call("call middle");
if(paragraphs.length<=4)return;
paragraphs[Math.floor(paragraphs.length / 2)].after(middle);
calls?.observe(middle);
}
function addCalls(){
if(document.querySelector(".bar"))return;
addCallInTheMiddle();
const bar=call("bar");
main.append(bar);
const seen=new Set();
calls=new IntersectionObserver((entries)=>{
for(const{target,isIntersecting}of entries)seen[isIntersecting?"add":"delete"](target);
bar.hidden=seen.size>0||at("sign").hidden||at("form").hidden;
},{rootMargin:"0px 0px -72px"});
for(const target of[at("sign"),...document.querySelectorAll(".call")])calls.observe(target);
}
function showCalls(shown){
for(const line of main.querySelectorAll(".call, .bar"))line.hidden=!shown||line.className==="bar";
}
function takeNumber(view,news){
view.show(news);
const{value}=news;
if(value&&petition&&value.state!=="open"&&petition.state==="open")close(value.state);
}
function watchNumber(){
const written=at("progress").getAttribute("value"),shown=written===null?null:Number(written);
const view=new NumberView({
root:at("number"),few:at("few"),count:at("count"),unit:at("number-name"),goal:at("goal"),progress:at("progress"),
note:at("number-note"),live:at("number-live"),
},{say:(key,values)=>texts.say(key,values),language:texts.language,goals:petition.goals,minimum:petition.count_minimum,shown});
watching=watch(`/api/v1/petitions/${slug}/count`,(news)=>takeNumber(view,news));
}
function buildForm(){
form??=new Form(at("form"),{texts,keep:`countersign:${slug}`,titled:true});
form.build(petition.fields,{
language:texts.language,wording,
hints:petition.confirmation==="email"?{email:texts.say("hint.email")}:{},
});
}
function signature(values=form.values()){
const value={...values,text_version:petition.text_version,locale:petition.language};
for(const name of["source","referrer"]){
if(TAKEN.test(query.get(name)??""))value[name]=query.get(name);
}
return value;
}
function hold(held){
busy=held;
at("fields").inert=held;
at("submit").ariaDisabled=String(held);
at("submit").textContent=texts.say(held?"sign.sending":"sign.button");
}
function thankBriefly(place,{email,confirms}){
place.textContent=confirms?texts.say("thanks.sent",{address:email}):texts.say("thanks.counted");
place.hidden=false;
place.focus();
}
async function thank(value,confirmation){
form.forget();
watching?.soon(1.5);
at("form").hidden=at("sign-title").hidden=true;
showCalls(false);
at("changed")?.remove();
brought?.remove();
brought=null;
const{thank:show}=await import("./assets/thanks.js").catch(()=>({thank:thankBriefly}));
show(at("thanks"),{texts,slug,petition,email:value.email,confirms:confirmation==="email",again});
}
function again(name,empty){
at("thanks").hidden=true;
at("thanks").replaceChildren();
if(empty)form.reset();
else form.store();
at("form").hidden=at("sign-title").hidden=false;
showCalls(true);
form.focus(name);
}
async function changed(){
const before=petition;
const[answer,letter]=await Promise.all([ask(path + inLanguage),import("./assets/letter.js").catch(()=>null)]);
if(!answer.ok||!letter)return form.tell(texts.say("wait.stopped"));
petition=answer.body;
await letter.renew(petition);
addCallInTheMiddle();
form.retitle();
buildForm();
form.clearErrors();
letter.showChanges(before,petition,{texts,before:at("form")});
return at("submit").replaceChildren(texts.say("sign.again"));
}
function close(word,unsent=false){
petition.state=word;
state(texts.say(unsent?"closed.unsent":word==="withdrawn"?"withdrawn":"closed"));
sending?.stop();
if(at("thanks").hidden)at("sign").hidden=true;
showCalls(false);
if(unsent)at("state").scrollIntoView({block:"center"});
}
async function judged(answer,value){
const{status,body}=answer;
if(status===202)await thank(value,body?.confirmation);
else if(status===409)await changed();
else if(status===410)close(body?.code==="petition_withdrawn"?"withdrawn":"closed",body?.code!=="petition_withdrawn");
else if(status===422)form.showErrors(body?.errors??[]);
else if(status===403)form.tell(texts.say("failed.origin"));
else if(status===404)form.tell(texts.say("not_found"));
else form.tell(texts.say("failed",{status}));
}
async function sign(event){
event.preventDefault();
if(busy)return;
form.clearErrors();
const errors=form.check();
if(errors.length){
form.showErrors(errors);
return;
}
const value=signature();
hold(true);
sending=new Sending({path:`${path}/signatures`,texts,place:at("waiting")});
const answer=await sending.send(value);
hold(false);
if(answer)await judged(answer,value);
else if(petition.state==="open")form.tell(texts.say("wait.stopped"));
}
function showForm(shown){
at("form").hidden=!shown;
}
function otherReader(){
showForm(true);
form.focus("given_name");
}
async function judgedReader(answer,box){
if(answer.status===200){
box.remove();
await thank({email:""},"none");
}else if(answer.status===409){
await changed();
}else{
box.remove();
showForm(true);
if(answer.status===404)form.tell(texts.say("reader.gone"));
else await judged(answer,{email:""});
}
}
function arrive(){
if(location.hash!=="#sign-title")return;
at("sign-title").focus();
at("sign-title").scrollIntoView();
}
async function offerReader(){
if(!pass)return;
const known=["email","given_name","family_name"];
const fields=petition.fields.filter(({name,required})=>required&&!known.includes(name));
const{offer}=await import("./assets/reader.js").catch(()=>({offer:null}));
if(!offer)return;
showForm(false);
offer(at("form"),{texts,Form,path,pass,fields,value:()=>signature({}),judged:judgedReader,other:otherReader});
}
function offerPeople(){
const near=new IntersectionObserver(async(entries)=>{
if(!entries.some((entry)=>entry.isIntersecting))return;
near.disconnect();
const{showPeople}=await import("./assets/people.js").catch(()=>({showPeople:null}));
showPeople?.(at("people"),{texts,slug,minimum:petition.count_minimum});
},{rootMargin:"200px"});
near.observe(at("people"));
}
function notThere(answer){
const{status}=answer;
if(status===404||status===410){
state(texts.say(status===404?"not_found":"withdrawn"));
return;
}
state(texts.say({0:"wait.offline",429:"wait.limited"}[status]??"wait.unavailable"));
setTimeout(begin,retryAfter(answer)*1000);
}
async function offerBrought(){
try{
if(!sessionStorage.getItem(`countersign:shares:${slug}`))return;
}catch{
return;
}
const{showBrought}=await import("./assets/share.js").catch(()=>({showBrought:null}));
if(!showBrought)return;
brought=Object.assign(document.createElement("p"),{role:"status",className:"strong"});
main.querySelector(".side").append(brought);
showBrought(brought,{texts,slug});
}
async function findWording(){
const answer=await ask(`${path}/subscribe-wording${inLanguage}`);
wording=answer.ok?answer.body:null;
form?.offer(wording);
}
async function begin(){
const news=Promise.race([findWording(),new Promise((resolve)=>{setTimeout(resolve,PATIENCE_MS);})]);
const[answer,said]=await Promise.all([ask(path + inLanguage),texts??loadTexts([language]),news]);
texts=said;
if(!answer.ok){
notThere(answer);
return;
}
petition=answer.body;
put(document,texts);
const open=petition.state==="open";
state(open?"":texts.say("closed"));
if(open){
buildForm();
await offerReader();
pass=null;
at("sign").hidden=false;
addCalls();
arrive();
}
showCalls(open);
main.dataset.ready="";
watchNumber();
offerPeople();
offerBrought();
}
const given=(...names)=>names.filter((name)=>query.has(name)).map((name)=>`&${name}=${encodeURIComponent(query.get(name))}`).join("");
for(const link of at("languages").children)link.search +=given("source","referrer");
at("own").search +=given("lang");
if(pass||query.has("link")){
const rest=new URLSearchParams(location.search);
rest.delete("link");
history.replaceState(null,"",location.pathname +(rest.size?`?${rest}`:"")+(pass?"":location.hash));
}
if(query.has("link"))import("./assets/opened.js").then(({tell})=>tell(path,query)).catch(()=>{});
at("form").addEventListener("submit",sign);
at("form").addEventListener("input",()=>import("./assets/thanks.js").catch(()=>{}),{once:true});
begin();
})();
